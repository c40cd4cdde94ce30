/**
 * What a run does where nothing else is said: the notebook's settings for a model that exists, gentler ones for weights
 * drawn at random, and for those that were pre-trained from there.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const COMMON = {
  offline: false,
  textColumn: 'text',
  labelColumn: 'label',
  validationFraction: 0.2,
  skipBadRows: false,
  cleaning: { preset: 'standard' },
  gradientAccumulationSteps: 1,
  schedule: 'linear',
  weightDecay: 0.01,
  maxGradNorm: 1,
  saveTotalLimit: 2,
  refit: false,
  seed: 42,
  engine: 'auto',
  device: 'auto',
} as const;

/** transformers' Trainer as the notebook uses it. */
const PRETRAINED = {
  classWeights: 'balanced',
  maxLength: 128,
  loss: { kind: 'cross-entropy' },
  epochs: 15,
  batchSize: 16,
  learningRate: 2e-5,
  warmupSteps: 0,
} as const;

/**
 * For weights drawn at random: a higher rate, reached gradually, and words that look different each time, which lets it learn
 * for longer before it overfits. The linear model takes its class weights.
 */
const FROM_SCRATCH = {
  classWeights: 'clamped',
  maxLength: 128,
  loss: { kind: 'cross-entropy', labelSmoothing: 0.05 },
  epochs: 6,
  subwordDropout: 0.1,
  batchSize: 32,
  learningRate: 3e-4,
  warmupSteps: 0.06,
} as const;

/** `micro` after `otzyv pretrain`: it is as small as before, and knows its words already. */
const PRETRAINED_MICRO = { ...FROM_SCRATCH, epochs: 8, subwordDropout: 0 } as const;

/** @param model `linear`, `micro`, a folder, or the id of a model on the hub */
export function defaultsFor(model: string) {
  return { ...COMMON, ...trainingDefaults(model) };
}

function trainingDefaults(model: string) {
  if (model === 'linear' || model === 'micro') return FROM_SCRATCH;
  return isPretrainedMicro(model) ? PRETRAINED_MICRO : PRETRAINED;
}

const pretrainingShape = z.object({ options: z.object({ model: z.literal('micro') }) });

/** The folder of such a pre-training, or `best/` in it. What is in any other way wrong with it is told when it is loaded. */
function isPretrainedMicro(folder: string): boolean {
  return [folder, dirname(folder)].some((at) => {
    try {
      return pretrainingShape.safeParse(JSON.parse(readFileSync(join(at, 'pretrain.json'), 'utf8'))).success;
    } catch {
      return false;
    }
  });
}
