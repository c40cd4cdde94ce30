/**
 * The flags of a training, shared by `train` and `run`, and how they become options: defaults, then the config
 * file, then what was typed.
 */
import { readFile } from 'node:fs/promises';
import { type CleaningSpec, type LossSpec, METRIC_NAMES, OtzyvError } from '@otzyv/core';
import type { DeviceRequest, EngineRequest, OnnxDevice } from '@otzyv/trainer';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { canonicalOption } from './arguments.ts';

export const LOSSES = ['weighted-cross-entropy', 'cross-entropy', 'focal'] as const;
export type LossName = (typeof LOSSES)[number];

/** What commander gives: only flags that were typed are there. */
export interface TrainingFlags {
  train?: string;
  validation?: string;
  model?: string;
  output?: string;
  config?: string;
  revision?: string;
  offline?: boolean;
  textColumn?: string;
  labelColumn?: string;
  groupColumn?: string;
  validationFraction?: number;
  skipBadRows?: boolean;
  /** a preset; from a config file also a spec with rules */
  cleaning?: string | CleaningSpec;
  maxLength?: number;
  /** a name, or several for `run`; from a config file also a spec */
  loss?: string | LossSpec;
  focalGamma?: number;
  classWeights?: string;
  labelSmoothing?: number;
  epochs?: number;
  batchSize?: number;
  gradientAccumulationSteps?: number;
  lr?: number;
  schedule?: string;
  warmupSteps?: number;
  weightDecay?: number;
  maxGradNorm?: number;
  dropout?: number;
  metric?: string;
  greaterIsBetter?: string;
  earlyStoppingPatience?: number;
  saveTotalLimit?: number;
  refit?: boolean;
  seed?: number;
  engine?: EngineRequest;
  device?: DeviceRequest;
  threads?: number;
  maxMinutes?: number;
  overwrite?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

export function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || Number.isNaN(parsed)) throw new InvalidArgumentError('It must be a number.');
  return parsed;
}

export function positive(value: string): number {
  const parsed = number(value);
  if (parsed <= 0) throw new InvalidArgumentError('It must be more than zero.');
  return parsed;
}

/** `True` as well: people come from Python. */
function claim(value: string): string {
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw new InvalidArgumentError('It must be true or false.');
  return lower;
}

/** Of commands that answer with a finished model. */
export function dtypeOption(): Option {
  return new Option(
    '--dtype <name>',
    'float32 or int8, as transformers.js says fp32 or q8 (default: float32)',
  );
}

export function addDataFlags(command: Command): Command {
  return command
    .option('--text-column <name>', 'column that holds the texts (default: text)')
    .option('--label-column <name>', 'column that holds the labels (default: label)')
    .option('--skip-bad-rows', 'leave out rows that cannot be read, and say which');
}

export function addTrainingFlags(command: Command): Command {
  addDataFlags(command)
    .option('--validation <file>', 'labelled file to validate on, instead of a share of the training file')
    .option('--validation-fraction <share>', 'share to hold out, stratified by label (default: 0.2)', number)
    .option('--group-column <name>', 'hold out whole groups of rows, e.g. all reviews of a product')
    .option('--cleaning <preset>', 'standard, notebook or none (default: standard)')
    .option('--config <file>', 'YAML or JSON with any of these options; flags override it')
    .option('--overwrite', 'replace a run that lies in the output folder')
    .option('--seed <n>', 'of the split, the weights, the order and the dropout (default: 42)', number)
    .option('--refit', 'when done, train the chosen settings once more on all rows')
    .option('--dry-run', 'read everything, run one batch, estimate time and memory, write nothing')
    .option('--max-minutes <n>', 'a time budget: ends in good order when it is spent', positive)
    .option('--threads <n>', 'threads of one step (default: all cores)', number)
    .option('--json', 'print the result as JSON on stdout, all else on stderr');

  for (const option of [
    new Option('--loss <name>', `${LOSSES.join(', ')} (default: weighted-cross-entropy)`),
    new Option('--focal-gamma <n>', 'how strongly focal loss favours hard examples (default: 2)').argParser(
      number,
    ),
    new Option(
      '--class-weights <how>',
      'balanced, clamped or none (default: balanced; linear and micro: clamped)',
    ),
    new Option('--label-smoothing <share>', 'of cross-entropy (default: 0; micro: 0.05)').argParser(number),
    new Option('--epochs <n>', 'passes over the training data (default: 15; micro: 4)').argParser(number),
    new Option('--batch-size <n>', 'texts a step (default: 16; micro: 32)').argParser(number),
    new Option('--gradient-accumulation-steps <n>', 'batches an update (default: 1)').argParser(number),
    new Option('--lr <rate>', 'highest learning rate (default: 2e-5; micro: 3e-4)').argParser(number),
    new Option('--schedule <name>', 'linear, cosine, constant or constant_with_warmup (default: linear)'),
    new Option(
      '--warmup-steps <n>',
      'steps of rising rate; below 1: a share (default: 0; micro: 0.06)',
    ).argParser(number),
    new Option('--weight-decay <n>', 'AdamW, on all but biases and LayerNorm (default: 0.01)').argParser(
      number,
    ),
    new Option('--max-grad-norm <n>', 'clip gradients to this norm; 0: never (default: 1)').argParser(number),
    new Option('--dropout <rate>', "instead of the model's own").argParser(number),
    new Option('--max-length <n>', 'tokens at which texts are cut (default: 128)').argParser(number),
    new Option(
      '--metric <name>',
      `by which the best checkpoint is chosen: ${METRIC_NAMES.join(', ')} (default: f1_weighted)`,
    ),
    new Option('--greater-is-better <bool>', 'true or false (default: as the metric is)').argParser(claim),
    new Option('--early-stopping-patience <n>', 'epochs without improvement before stopping').argParser(
      number,
    ),
    new Option('--save-total-limit <n>', 'checkpoints kept beside the best (default: 1)').argParser(number),
    new Option('--engine <name>', 'what trains a BERT (default: auto, which is onnx)').choices([
      'auto',
      'onnx',
      'tfjs',
    ]),
    new Option('--device <name>', 'where it trains (default: auto, the fastest that is there)').choices([
      'auto',
      'cpu',
      'webgpu',
      'cuda',
    ]),
    new Option('--revision <name>', 'branch, tag or commit of a hub model'),
    new Option('--offline', 'use the cache only, never the network'),
  ]) {
    command.addOption(option);
  }
  return command;
}

const OF_STEPS: readonly (keyof TrainingFlags)[] = [
  ...([
    'loss',
    'focalGamma',
    'labelSmoothing',
    'epochs',
    'batchSize',
    'gradientAccumulationSteps',
    'lr',
  ] as const),
  ...(['schedule', 'warmupSteps', 'weightDecay', 'maxGradNorm', 'dropout', 'maxLength'] as const),
  ...([
    'earlyStoppingPatience',
    'saveTotalLimit',
    'engine',
    'device',
    'threads',
    'revision',
    'offline',
  ] as const),
];

/** @returns what to say of flags that were typed and mean nothing to the linear model, which is not trained by steps */
export function idleFlags(typed: TrainingFlags): string | undefined {
  if ((typed.model ?? 'linear') !== 'linear' || typed.config !== undefined) return undefined;
  const idle = OF_STEPS.filter((name) => typed[name] !== undefined).map(
    (name) => `--${canonicalOption(name)}`,
  );
  return idle.length === 0 ? undefined : `the linear model has no use for ${idle.join(', ')}`;
}

/** A flag typed overrides the config file. @throws OtzyvError for a config file that cannot be used */
export async function mergeConfig<T extends TrainingFlags>(typed: T, command: Command): Promise<T> {
  if (typed.config === undefined) return typed;
  return { ...(await readConfig(typed.config, command.options)), ...typed };
}

async function readConfig(path: string, known: readonly Option[]): Promise<TrainingFlags> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new OtzyvError(
      'options.config',
      `${path} cannot be read: ${(error as Error).message}`,
      'Check the path of --config.',
    );
  });
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    throw new OtzyvError('options.config', `${path}: ${message}`, 'Correct the YAML at that place.', {
      cause: error,
    });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new OtzyvError(
      'options.config',
      `${path} is not a list of options`,
      'Write one "option: value" a line.',
    );
  }
  const entries = Object.entries(optionsIn(content)).map(([key, value]) => {
    const name = canonicalOption(key);
    const option = known.find((one) => one.name() === name);
    if (option === undefined) {
      throw new OtzyvError(
        'options.config',
        `${path}: unknown option "${key}"`,
        `Known are: ${known.map((one) => one.name()).join(', ')}.`,
      );
    }
    return [option.attributeName(), configValue(option, value, `${path}: option "${key}"`)];
  });
  return Object.fromEntries(entries) as TrainingFlags;
}

/** A run's own `run.json` is a config file too: its resolved options stand one level down. */
function optionsIn(content: object): object {
  const { options } = content as { options?: unknown };
  return typeof options === 'object' && options !== null ? options : content;
}

/** Options that may be more than a word: what they hold is checked where it is used. */
const STRUCTURED = ['cleaning', 'loss'];

/** Options that may name several things. */
const LISTS = ['model', 'loss'];

function configValue(option: Option, value: unknown, place: string): unknown {
  const expect = (kind: string, isRight: boolean) => {
    if (isRight) return value;
    throw new OtzyvError(
      'options.config',
      `${place} must be ${kind}, not ${JSON.stringify(value)}`,
      'Correct the value in the file.',
    );
  };
  if (option.isBoolean()) return expect('true or false', typeof value === 'boolean');
  if (option.parseArg === number || option.parseArg === positive)
    return expect('a number', typeof value === 'number');
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (STRUCTURED.includes(option.name()) && isObject) return value;
  if (LISTS.includes(option.name()) && Array.isArray(value)) {
    expect(
      'a list of words',
      value.every((one) => typeof one === 'string'),
    );
    return value.join(',');
  }
  // YAML reads `text_column: 1` as a number and `greater_is_better: true` as a claim
  return String(expect('a word', ['string', 'number', 'boolean'].includes(typeof value)));
}

export function runOptionsFrom(flags: TrainingFlags, { model, output }: { model: string; output: string }) {
  const train = required(flags.train, '--train', 'the labelled file to learn from');
  return stripUndefined({
    model,
    output,
    trainFile: train,
    validationFile: flags.validation,
    revision: flags.revision,
    offline: flags.offline,
    textColumn: flags.textColumn,
    labelColumn: flags.labelColumn,
    groupColumn: flags.groupColumn,
    validationFraction: flags.validationFraction,
    skipBadRows: flags.skipBadRows,
    cleaning: typeof flags.cleaning === 'string' ? { preset: flags.cleaning } : flags.cleaning,
    maxLength: flags.maxLength,
    ...lossOptions(flags),
    epochs: flags.epochs,
    batchSize: flags.batchSize,
    gradientAccumulationSteps: flags.gradientAccumulationSteps,
    learningRate: flags.lr,
    schedule: flags.schedule,
    warmupSteps: flags.warmupSteps,
    weightDecay: flags.weightDecay,
    maxGradNorm: flags.maxGradNorm,
    dropout: flags.dropout,
    metric: flags.metric,
    greaterIsBetter: flags.greaterIsBetter === undefined ? undefined : flags.greaterIsBetter === 'true',
    earlyStoppingPatience: flags.earlyStoppingPatience,
    saveTotalLimit: flags.saveTotalLimit,
    refit: flags.refit,
    seed: flags.seed,
    engine: flags.engine,
    device: flags.device,
    threads: flags.threads,
    maxMinutes: flags.maxMinutes,
  }) as Parameters<typeof import('@otzyv/trainer').resolveRunOptions>[0];
}

/** Where a finished BERT answers. */
export function answeringDevice(): Option {
  return new Option('--device <name>', 'where a BERT answers (default: cpu)').choices([
    'cpu',
    'webgpu',
    'cuda',
  ]);
}

export interface AnsweringFlags {
  device?: OnnxDevice;
}

export function required(value: string | undefined, flag: string, meaning: string): string {
  if (value !== undefined) return value;
  throw new OtzyvError(
    'options.missing',
    `${flag} is missing: ${meaning}`,
    'Add --help to the command to see an example.',
  );
}

/** A number that no loss of the run has a place for would be ignored without a word. */
export function checkLossFlags({ loss, focalGamma, labelSmoothing }: TrainingFlags): void {
  const names = typeof loss === 'object' ? [loss.kind] : (loss ?? 'cross-entropy').split(',');
  const isFocal = names.map((name) => name.trim() === 'focal');
  const refuse = (flag: string, owner: string) => {
    throw new OtzyvError(
      'options.loss',
      `--${flag} is a number of ${owner}`,
      `Add --loss ${owner}, or leave it out.`,
    );
  };
  if (focalGamma !== undefined && !isFocal.includes(true)) refuse('focal-gamma', 'focal');
  if (labelSmoothing !== undefined && !isFocal.includes(false)) refuse('label-smoothing', 'cross-entropy');
}

export function checkLoss(name: string): void {
  if ((LOSSES as readonly string[]).includes(name)) return;
  throw new OtzyvError('options.loss', `there is no loss "${name}"`, `Choose from ${LOSSES.join(', ')}.`);
}

function lossOptions(flags: TrainingFlags): { loss?: LossSpec; classWeights?: string } {
  const { loss, focalGamma: gamma, labelSmoothing } = flags;
  const name = typeof loss === 'string' ? loss : undefined;
  if (name !== undefined) checkLoss(name);
  const classWeights = flags.classWeights ?? (name === 'cross-entropy' ? 'none' : undefined);
  const spec = typeof loss === 'object' ? loss : name === 'focal' ? FOCAL : undefined;
  const adjusted: LossSpec | undefined =
    spec?.kind === 'focal'
      ? { ...spec, ...(gamma !== undefined && { gamma }) }
      : labelSmoothing !== undefined
        ? { kind: 'cross-entropy', labelSmoothing }
        : spec;
  return { ...(adjusted && { loss: adjusted }), ...(classWeights !== undefined && { classWeights }) };
}

/** γ as Lin et al. and the original study have it. */
const FOCAL: LossSpec = { kind: 'focal', gamma: 2 };

function stripUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
