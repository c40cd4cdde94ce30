/**
 * Does a confidence of 0.8 mean right eight times in ten? `reliability` measures it, one number mends most of it: the
 * temperature by which logits are divided. It changes no answer, since the order of the classes stays.
 *
 * Reference: Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks, 2017.
 */
import { answers } from './scores.ts';

/** Answers whose confidence lies in (low, high], and how often they are right. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** mean of the highest probability; 0 where the bin is empty */
  readonly confidence: number;
  /** share of answers that are right; 0 where the bin is empty */
  readonly accuracy: number;
}

export interface Reliability {
  /** Expected calibration error: mean |accuracy − confidence| over bins, weighted by their rows; 0 … 1. */
  readonly ece: number;
  /** Maximum calibration error: the largest such gap of a bin that is not empty. */
  readonly mce: number;
  /** Mean squared distance between probabilities and truth, summed over classes (Brier, 1950); 0 … 2. */
  readonly brier: number;
  readonly bins: readonly ReliabilityBin[];
}

/**
 * @param truth         class ids [rows]
 * @param probabilities [rows × classes]
 * @param bins          of equal width
 */
export function reliability(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  { bins = 15 }: { readonly bins?: number } = {},
): Reliability {
  const predicted = answers(probabilities, classes);
  const [counts, confidences, hits] = [zeros(bins), zeros(bins), zeros(bins)];
  predicted.forEach((id, row) => {
    const confidence = probabilities[row * classes + id] as number;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    counts[bin] = (counts[bin] as number) + 1;
    confidences[bin] = (confidences[bin] as number) + confidence;
    if (id === truth[row]) hits[bin] = (hits[bin] as number) + 1;
  });
  const diagram = Array.from({ length: bins }, (_, bin): ReliabilityBin => {
    const count = counts[bin] as number;
    return {
      low: bin / bins,
      high: (bin + 1) / bins,
      count,
      confidence: (confidences[bin] as number) / Math.max(1, count),
      accuracy: (hits[bin] as number) / Math.max(1, count),
    };
  });
  const gap = ({ accuracy, confidence }: ReliabilityBin) => Math.abs(accuracy - confidence);
  const rows = Math.max(1, truth.length);
  return {
    ece: diagram.reduce((sum, bin) => sum + (bin.count / rows) * gap(bin), 0),
    mce: diagram.reduce((largest, bin) => Math.max(largest, gap(bin)), 0),
    brier: brierScore(truth, probabilities, classes),
    bins: diagram,
  };
}

function brierScore(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let at = 0; at < truth.length * classes; at++) {
    const isTrue = at % classes === truth[Math.floor(at / classes)];
    sum += ((probabilities[at] as number) - (isTrue ? 1 : 0)) ** 2;
  }
  return sum / Math.max(1, truth.length);
}

/** Beyond these it is the rows that are odd, not the model. */
const [LOWEST, HIGHEST] = [0.05, 20];
/** float32's smallest normal number stands for a probability of zero, whose logarithm is none. */
const LEAST_PROBABILITY = 2 ** -126;

/**
 * The temperature T that makes softmax(log p / T) most likely, within 0.05 … 20: convex in 1/T, found by Newton's method.
 *
 * The targets are smoothed by `labelSmoothing`, as in torch.nn.CrossEntropyLoss: without it, rows that the model all gets
 * right would ask for certainty. The default, 1 / (rows + 2), is Platt's, and vanishes among many rows.
 * @param truth         class ids [rows]
 * @param probabilities [rows × classes]
 * @returns 1 where the rows cannot tell
 */
export function fitTemperature(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  { labelSmoothing = 1 / (truth.length + 2) }: { readonly labelSmoothing?: number } = {},
): number {
  const logits = Float64Array.from(probabilities, logit);
  let [low, high, inverse] = [1 / HIGHEST, 1 / LOWEST, 1];
  for (let iteration = 0; iteration < 100; iteration++) {
    const { slope, curvature } = derivatives(truth, logits, classes, labelSmoothing, inverse);
    if (curvature === 0 && slope === 0) break;
    if (slope > 0) high = inverse;
    else low = inverse;
    const newton = inverse - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const isFound = Math.abs(next - inverse) <= 1e-12 * inverse;
    inverse = next;
    if (isFound) break;
  }
  return 1 / inverse;
}

/** Of the summed cross-entropy by 1/T: E_p[z] − E_target[z], and the variance of z under p. */
function derivatives(
  truth: ArrayLike<number>,
  logits: Float64Array,
  classes: number,
  smoothing: number,
  inverse: number,
): { readonly slope: number; readonly curvature: number } {
  let [slope, curvature] = [0, 0];
  for (let row = 0; row < truth.length; row++) {
    const z = logits.subarray(row * classes, (row + 1) * classes);
    const peak = Math.max(...z);
    let [weights, first, second, plain] = [0, 0, 0, 0];
    for (const value of z) {
      const weight = Math.exp(inverse * (value - peak));
      weights += weight;
      first += weight * (value - peak);
      second += weight * (value - peak) ** 2;
      plain += value - peak;
    }
    const mean = first / weights;
    const target =
      (1 - smoothing) * ((z[truth[row] as number] as number) - peak) + (smoothing * plain) / classes;
    slope += mean - target;
    curvature += Math.max(0, second / weights - mean ** 2);
  }
  return { slope, curvature };
}

/**
 * softmax(log p / temperature), row by row: above 1 less sure, below 1 more. The class on top stays on top.
 * @param probabilities [rows × classes]
 * @returns the same array where the temperature is 1
 */
export function applyTemperature(
  probabilities: Float32Array,
  classes: number,
  temperature: number,
): Float32Array {
  if (temperature === 1) return probabilities;
  const result = new Float32Array(probabilities.length);
  for (let from = 0; from < probabilities.length; from += classes) {
    const logits = Array.from(probabilities.subarray(from, from + classes), logit);
    const peak = Math.max(...logits);
    const powers = logits.map((value) => Math.exp((value - peak) / temperature));
    const total = powers.reduce((sum, value) => sum + value, 0);
    powers.forEach((value, id) => {
      result[from + id] = value / total;
    });
  }
  return result;
}

function logit(probability: number): number {
  return Math.log(Math.max(LEAST_PROBABILITY, probability));
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
