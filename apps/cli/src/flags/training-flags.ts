/** The flags of a training, shared by all commands that train. */
import { type CleaningSpec, type LossSpec, METRIC_NAMES } from '@otzyv/core';
import type { DeviceRequest, EngineRequest } from '@otzyv/trainer';
import { type Command, Option } from 'commander';
import { canonicalOption } from '../arguments.ts';
import { addDataFlags } from './data-flags.ts';
import { LOSSES } from './loss-flags.ts';
import { claim, number, positive, repeated } from './values.ts';

/** What commander gives: only flags that were typed are there. */
export interface TrainingFlags {
  train?: string;
  validation?: string;
  exclude?: string;
  model?: string;
  output?: string;
  config?: string;
  revision?: string;
  offline?: boolean;
  textColumn?: string;
  labelColumn?: string;
  groupColumn?: string;
  weightColumn?: string;
  sliceColumn?: string[];
  validationFraction?: number;
  skipBadRows?: boolean;
  /** a preset; from a config file also a spec with rules */
  cleaning?: string | CleaningSpec;
  maxLength?: number;
  /** a name, or several for `run`; from a config file also a spec, or a list of names and specs */
  loss?: string | LossSpec | readonly (string | LossSpec)[];
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
  subwordDropout?: number;
  metric?: string;
  greaterIsBetter?: string;
  earlyStoppingPatience?: number;
  saveSteps?: number;
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

export function addTrainingFlags(command: Command): Command {
  addDataFlags(command)
    .option('--validation <file>', 'labelled file to validate on, instead of a share of the training file')
    .option('--exclude <file>', 'an audit\'s file: leave out or relabel rows as its column "decision" says')
    .option('--validation-fraction <share>', 'share to hold out, stratified by label (default: 0.2)', number)
    .option('--group-column <name>', 'hold out whole groups of rows, e.g. all reviews of a product')
    .option('--weight-column <name>', 'what each row counts for in training: numbers above zero')
    .option(
      '--slice-column <name>',
      'measure by what stands in this column, too; may be given again',
      repeated,
    )
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
    new Option('--epochs <n>', 'passes over the training data (default: 15; micro: 6)').argParser(number),
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
    new Option(
      '--subword-dropout <share>',
      'pieces passed over when words are split, anew each epoch (default: 0; micro: 0.1)',
    ).argParser(number),
    new Option('--max-length <n>', 'tokens at which texts are cut (default: 128)').argParser(number),
    new Option(
      '--metric <name>',
      `by which the best checkpoint is chosen: ${METRIC_NAMES.join(', ')} (default: f1_weighted)`,
    ),
    new Option('--greater-is-better <bool>', 'true or false (default: as the metric is)').argParser(claim),
    new Option('--early-stopping-patience <n>', 'epochs without improvement before stopping').argParser(
      number,
    ),
    new Option(
      '--save-steps <n>',
      'save a checkpoint every so many steps, too (default: after each epoch only)',
    ).argParser(number),
    new Option(
      '--save-total-limit <n>',
      'checkpoints kept beside the best; with 1 there is none to fall back on (default: 2)',
    ).argParser(number),
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
  ...(['schedule', 'warmupSteps', 'weightDecay', 'maxGradNorm', 'dropout', 'subwordDropout'] as const),
  ...([
    'maxLength',
    'earlyStoppingPatience',
    'saveSteps',
    'saveTotalLimit',
    'engine',
    'device',
    'threads',
    'revision',
    'offline',
  ] as const),
];

/**
 * @param typed on the command line: the run.json of an earlier run, as a config file, has every option
 * @returns what to say of flags that mean nothing to the linear model, which is not trained by steps
 */
export function idleFlags(typed: TrainingFlags, model = 'linear'): string | undefined {
  if (model !== 'linear') return undefined;
  const idle = OF_STEPS.filter((name) => typed[name] !== undefined).map(
    (name) => `--${canonicalOption(name)}`,
  );
  return idle.length === 0 ? undefined : `the linear model has no use for ${idle.join(', ')}`;
}
