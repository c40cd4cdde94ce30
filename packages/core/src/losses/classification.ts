/**
 * Losses of a classifier over `Ops<T>`: what PyTorch computes, to the digit, on any engine.
 * All start from log-probabilities, which never overflow.
 */
import { OtzyvError } from '../errors.ts';
import type { Ops } from '../ops/ops.ts';

/**
 * Which loss to train with. Class weights are given apart, since they come from the data.
 * `focal` is Lin et al. 2017, https://arxiv.org/abs/1708.02002: −α (1 − p)^γ log p, averaged over the batch.
 */
export type LossSpec =
  | { kind: 'cross-entropy'; labelSmoothing?: number | undefined }
  | { kind: 'focal'; gamma: number };

/**
 * The mean loss of a batch, weighted as in `torch.nn.CrossEntropyLoss` or by α of the focal loss. An example of weight 2
 * counts as two copies of it, as with `sample_weight` of scikit-learn.
 *
 * @param logits  [batch, classes]
 * @param labels  integers [batch]
 * @param weights class weights [classes] (α for focal); absent: all ones
 * @param classes how many classes the logits have
 * @param exampleWeights [batch]; absent: all ones
 * @returns []
 */
export function classificationLoss<T>(
  ops: Ops<T>,
  spec: LossSpec,
  logits: T,
  labels: T,
  classes: number,
  weights?: T,
  exampleWeights?: T,
): T {
  const logProbabilities = ops.logSoftmax(logits);
  const target = ops.oneHot(labels, classes); // [batch, classes]
  // [batch, 1]
  const rowWeights = exampleWeights === undefined ? undefined : ops.reshape(exampleWeights, ['keep', 1]);
  const weightedTarget = scaled(ops, scaled(ops, target, weights), rowWeights);
  switch (spec.kind) {
    case 'cross-entropy': {
      const smoothing = spec.labelSmoothing ?? 0;
      return crossEntropy(ops, logProbabilities, weightedTarget, { classes, smoothing, weights, rowWeights });
    }
    case 'focal':
      return focal(ops, logProbabilities, weightedTarget, ops.sum(rowWeights ?? target), spec.gamma);
  }
}

interface SmoothedOver<T> {
  readonly classes: number;
  readonly smoothing: number;
  readonly weights: T | undefined;
  /** [batch, 1] */
  readonly rowWeights: T | undefined;
}

function crossEntropy<T>(
  ops: Ops<T>,
  logProbabilities: T,
  weightedTarget: T,
  { classes, smoothing, weights, rowWeights }: SmoothedOver<T>,
): T {
  if (smoothing < 0 || smoothing >= 1) {
    throw new OtzyvError(
      'options.label-smoothing',
      `label smoothing must be at least 0 and below 1, not ${smoothing}`,
      'A usual value is 0.05 or 0.1.',
    );
  }
  // torch divides by the sum of the targets' weights, not by the batch size, and smoothing does not change that sum
  const normaliser = ops.sum(weightedTarget);
  const nll = ops.sum(ops.multiply(logProbabilities, weightedTarget));
  const hard = ops.divide(nll, normaliser);
  if (smoothing === 0) return negate(ops, hard);

  const everyClass = scaled(ops, scaled(ops, logProbabilities, weights), rowWeights);
  const uniform = ops.divide(ops.sum(everyClass), normaliser);
  return negate(
    ops,
    ops.add(
      ops.multiply(hard, ops.scalar(1 - smoothing)),
      ops.multiply(uniform, ops.scalar(smoothing / classes)),
    ),
  );
}

/** @param examples how many there are, or the sum of their weights: [] */
function focal<T>(ops: Ops<T>, logProbabilities: T, weightedTarget: T, examples: T, gamma: number): T {
  if (!(gamma >= 0)) {
    throw new OtzyvError(
      'options.focal-gamma',
      `gamma must be at least 0, not ${gamma}`,
      'A usual value is 2.',
    );
  }
  const nll = ops.multiply(logProbabilities, weightedTarget); // [batch, classes], zero off target
  if (gamma === 0) return negate(ops, ops.divide(ops.sum(nll), examples));

  const missed = ops.subtract(ops.scalar(1 + 1e-7), ops.exp(logProbabilities)); // kept above zero: its logarithm follows
  const modulation = ops.exp(ops.multiply(ops.log(missed), ops.scalar(gamma))); // (1 − p)^γ
  return negate(ops, ops.divide(ops.sum(ops.multiply(modulation, nll)), examples));
}

function scaled<T>(ops: Ops<T>, x: T, factors: T | undefined): T {
  return factors === undefined ? x : ops.multiply(x, factors);
}

function negate<T>(ops: Ops<T>, x: T): T {
  return ops.multiply(x, ops.scalar(-1));
}
