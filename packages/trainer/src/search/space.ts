/**
 * What a search may vary, and how a configuration is drawn. Each dimension of each trial has a random stream of its own,
 * so trial 7 is the same whether 10 or 100 are asked for, and whatever else is varied.
 */
import { CLEANING_PRESETS, createRandom, type LossSpec, OtzyvError, type Random } from '@otzyv/core';
import { z } from 'zod';
import { isLinear, type RunOptions, runOptionsSchema } from '../training/options.ts';

const option = runOptionsSchema.shape;

/** What may be varied, and which values each takes. */
const DIMENSIONS = {
  learningRate: option.learningRate,
  /** its number is drawn too, where the space has it: γ of focal, the smoothing of cross-entropy */
  loss: z.enum(['cross-entropy', 'focal']),
  gamma: z.number().min(0),
  labelSmoothing: z.number().min(0).lt(1),
  classWeights: option.classWeights,
  maxLength: option.maxLength,
  batchSize: option.batchSize,
  gradientAccumulationSteps: option.gradientAccumulationSteps,
  schedule: option.schedule,
  warmupSteps: option.warmupSteps,
  weightDecay: option.weightDecay,
  maxGradNorm: option.maxGradNorm,
  dropout: z.number().min(0).lt(1),
  subwordDropout: z.number().min(0).lt(1),
  cleaning: z.enum(CLEANING_PRESETS),
} as const;

/** An option that a search varies. */
export type Dimension = keyof typeof DIMENSIONS;

const rangeSchema = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    scale: z.enum(['log', 'linear', 'int']).default('linear'),
  })
  .refine(({ min, max }) => min < max, 'min must be below max')
  .refine(({ min, scale }) => scale !== 'log' || min > 0, 'a log scale begins above zero')
  .refine(
    ({ min, max, scale }) => scale !== 'int' || (Number.isInteger(min) && Number.isInteger(max)),
    'with the scale int, min and max are whole numbers',
  );

type Value = number | string;
type Range = z.infer<typeof rangeSchema>;

/** By dimension: the choices, or a range. What is not in it stays as the defaults have it. */
export type Space = { readonly [Name in Dimension]?: readonly Value[] | Range };

/** Values by dimension: what was drawn, or what a configuration has. */
export type Settings = { readonly [Name in Dimension]?: Value };

const NAMES = Object.keys(DIMENSIONS) as Dimension[];

/** What `linear` has a use for. */
const OF_LINEAR: readonly Dimension[] = ['classWeights', 'cleaning'];

/**
 * Reads a space that a person wrote: of each dimension a list of choices, a range `{min, max, scale}`, or one value.
 * @param place where it stands, for the error
 * @throws OtzyvError `options.space`
 */
export function parseSpace(written: unknown, place: string): Space {
  const refuse = (fault: string, hint: string) => new OtzyvError('options.space', `${place}: ${fault}`, hint);
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw refuse(
      'is not a list of options',
      'Write one "option: [choice, choice]" or "option: {min, max, scale}" a line.',
    );
  }
  const entries = Object.entries(written).map(([name, value]) => {
    if (name === 'epochs') {
      throw refuse(
        'epochs are what the search has to spend',
        'Say with --epochs how many a configuration gets at most.',
      );
    }
    if (!Object.hasOwn(DIMENSIONS, name)) {
      throw refuse(`there is no "${name}" to vary`, `Known are: ${NAMES.join(', ')}.`);
    }
    return [name, parseDimension(name as Dimension, value, refuse)];
  });
  if (entries.length === 0)
    throw refuse('there is nothing to vary', `Name one or more of ${NAMES.join(', ')}.`);
  return Object.fromEntries(entries) as Space;
}

type Refuse = (fault: string, hint: string) => OtzyvError;

function parseDimension(name: Dimension, written: unknown, refuse: Refuse): readonly Value[] | Range {
  const fits = (value: unknown): Value => {
    const parsed = DIMENSIONS[name].safeParse(value);
    if (parsed.success) return parsed.data;
    throw refuse(`${name} cannot be ${JSON.stringify(value)}`, `${parsed.error.issues[0]?.message}.`);
  };
  const isRange = typeof written === 'object' && written !== null && !Array.isArray(written);
  if (!isRange) {
    const choices = (Array.isArray(written) ? written : [written]).map(fits);
    if (choices.length === 0) throw refuse(`${name} has no choices`, 'Name one or more, or leave it out.');
    return choices;
  }
  const range = rangeSchema.safeParse(written);
  if (!range.success) {
    const [issue] = range.error.issues;
    throw refuse(
      `${[name, ...(issue?.path ?? [])].join('.')}: ${issue?.message}`,
      'A range is {min: 1e-5, max: 1e-4, scale: log}; the scale is log, linear or int.',
    );
  }
  const { min, max, scale } = range.data;
  if ([min, max].some((end) => typeof fits(end) !== 'number')) {
    throw refuse(`${name} has no ranges`, 'List its choices.');
  }
  if (scale !== 'int' && !DIMENSIONS[name].safeParse(min + (max - min) / Math.PI).success) {
    throw refuse(`${name} takes whole numbers only`, 'Add scale: int to the range, or list choices.');
  }
  return range.data;
}

/**
 * What is worth varying for a kind of model: around its defaults, by a factor of about three.
 * @param fixed dimensions that the user has settled
 * @throws OtzyvError `options.space` when all are
 */
export function defaultSpace(base: RunOptions, fixed: readonly string[] = []): Space {
  const space = isLinear(base) ? FOR_LINEAR : base.model === 'micro' ? fromScratch(base) : pretrained(base);
  const left = Object.entries(space).filter(([name]) => !fixed.includes(name));
  if (left.length > 0) return Object.fromEntries(left);
  throw new OtzyvError('options.space', 'all that could be varied is settled by flags', 'Leave some out.');
}

const FOR_LINEAR: Space = {
  classWeights: ['balanced', 'clamped', 'none'],
  cleaning: CLEANING_PRESETS,
};

function ofBoth({ maxLength }: RunOptions): Space {
  return {
    loss: ['cross-entropy', 'focal'],
    gamma: { min: 0.5, max: 3, scale: 'linear' },
    labelSmoothing: [0, 0.05, 0.1],
    classWeights: ['balanced', 'clamped', 'none'],
    maxLength: [Math.max(4, Math.round(maxLength / 2)), maxLength, maxLength * 2],
    warmupSteps: [0, 0.06, 0.1],
  };
}

function pretrained(base: RunOptions): Space {
  return {
    learningRate: { min: 1e-5, max: 1e-4, scale: 'log' },
    ...ofBoth(base),
    batchSize: [16, 32],
    dropout: [0.1, 0.2],
  };
}

function fromScratch(base: RunOptions): Space {
  return {
    learningRate: { min: 1e-4, max: 1e-3, scale: 'log' },
    ...ofBoth(base),
    batchSize: [16, 32, 64],
    dropout: [0, 0.1, 0.2],
    subwordDropout: [0, 0.1, 0.2],
  };
}

/** @throws OtzyvError `options.space` for what the linear model has no use for */
export function checkSpace(space: Space, base: RunOptions): void {
  const idle = isLinear(base)
    ? Object.keys(space).filter((name) => !OF_LINEAR.includes(name as Dimension))
    : [];
  if (idle.length === 0) return;
  throw new OtzyvError(
    'options.space',
    `the linear model has no use for ${idle.join(', ')}`,
    `Vary ${OF_LINEAR.join(' or ')}, or choose another --model.`,
  );
}

/** Draws of one trial that may be repeats of earlier ones before the space counts as exhausted. */
const MOST_DRAWS = 200;

/**
 * The configurations of a search: `base` first, then as many as are asked for, all different. Fewer where the space has
 * no more.
 */
export function configurations(base: RunOptions, space: Space, count: number): RunOptions[] {
  const found = [base];
  const seen = new Set([keyOf(base)]);
  for (let trial = 2; trial <= count; trial++) {
    const drawn = drawUnseen(base, space, trial, seen);
    if (drawn === undefined) break;
    seen.add(keyOf(drawn));
    found.push(drawn);
  }
  return found;
}

function drawUnseen(
  base: RunOptions,
  space: Space,
  trial: number,
  seen: ReadonlySet<string>,
): RunOptions | undefined {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const settings = Object.fromEntries(
      Object.entries(space).map(([name, values]) => [
        name,
        drawValue(values, createRandom(base.seed, 'search', trial, draw, name)),
      ]),
    );
    const options = withSettings(base, settings);
    if (!seen.has(keyOf(options))) return options;
  }
  return undefined;
}

function drawValue(values: readonly Value[] | Range, random: Random): Value {
  if (!('scale' in values)) return values[random.integer(values.length)] as Value;
  const { min, max, scale } = values;
  switch (scale) {
    case 'int':
      return min + random.integer(max - min + 1);
    case 'linear':
      return readable(min + random.uniform() * (max - min), values);
    case 'log':
      return readable(min * (max / min) ** random.uniform(), values);
  }
}

/** Three digits are as much as matters, and as a person writes. */
function readable(value: number, { min, max }: Range): number {
  return Math.min(max, Math.max(min, Number(value.toPrecision(3))));
}

function withSettings(base: RunOptions, settings: Settings): RunOptions {
  const { loss, gamma, labelSmoothing, cleaning, ...plain } = settings;
  return {
    ...base,
    ...(plain as Partial<RunOptions>),
    ...(cleaning !== undefined && {
      cleaning: { ...base.cleaning, preset: cleaning } as RunOptions['cleaning'],
    }),
    loss: lossOf(base.loss, loss ?? base.loss.kind, gamma, labelSmoothing),
  };
}

function lossOf(
  base: LossSpec,
  kind: Value,
  gamma: Value | undefined,
  smoothing: Value | undefined,
): LossSpec {
  if (kind === 'focal') {
    return { kind, gamma: Number(gamma ?? (base.kind === 'focal' ? base.gamma : 2)) };
  }
  const labelSmoothing = Number(
    smoothing ?? (base.kind === 'cross-entropy' ? base.labelSmoothing : undefined) ?? 0,
  );
  return { kind: 'cross-entropy', ...(labelSmoothing > 0 && { labelSmoothing }) };
}

/** What a configuration has in each dimension, in their order. */
export function settingsOf({ loss, cleaning, ...options }: RunOptions): Settings {
  const all: Record<string, unknown> = {
    ...options,
    loss: loss.kind,
    ...(loss.kind === 'focal' ? { gamma: loss.gamma } : { labelSmoothing: loss.labelSmoothing ?? 0 }),
    cleaning: cleaning.preset,
  };
  return Object.fromEntries(NAMES.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}

/** Where a configuration differs from another. */
export function changedSettings(options: RunOptions, base: RunOptions): Settings {
  const before = settingsOf(base);
  return Object.fromEntries(
    Object.entries(settingsOf(options)).filter(([name, value]) => before[name as Dimension] !== value),
  );
}

function keyOf(options: RunOptions): string {
  return JSON.stringify(settingsOf(options));
}
