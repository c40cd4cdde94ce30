/**
 * Clipping and AdamW, as PyTorch's `clip_grad_norm_` and `torch.optim.AdamW` do them. Sums are made in double precision
 * and rounded once, into the arrays that hold weights and moments: one pass over memory, and no copy of the state.
 * Reference: Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
 */

/** As in `torch.optim.AdamW`; the learning rate comes with each step. */
export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: the weights shrink by learning rate × weight decay, apart from the gradient. */
  readonly weightDecay: number;
}

/** The notebook's optimiser, which is the Trainer's default. */
export const DEFAULT_ADAMW: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/** One step of the optimiser, the same for all parameters. */
export interface AdamWStep extends AdamWOptions {
  readonly learningRate: number;
  /** 1, 2, … */
  readonly step: number;
  /** The factor of `clip_grad_norm_`, by which all gradients are multiplied. */
  readonly clip: number;
}

/** What AdamW keeps for a parameter, with the parameter: all of one length, all changed in place. */
export interface ParameterState {
  readonly parameter: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** @returns the factor of `clip_grad_norm_`: min(1, maxNorm / (norm + 1e-6)); 1 where maxNorm is 0, which is never */
export function clipFactor(norm: number, maxNorm: number): number {
  return maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
}

/** What a step multiplies by: the same for every number of every parameter. */
export interface AdamWFactors {
  /** of the gradient, in the first moment */
  readonly firstShare: number;
  /** of its square, in the second moment */
  readonly secondShare: number;
  /** of a parameter that decays */
  readonly shrink: number;
  readonly stepSize: number;
  /** what is added to the root of the second moment */
  readonly floor: number;
}

export function adamWFactors(step: AdamWStep): AdamWFactors {
  const { learningRate, clip, beta1, beta2, epsilon, weightDecay } = step;
  // the correction of the second moment stands on the other side of its root: one division less for each number
  const correction = Math.sqrt(1 - beta2 ** step.step);
  return {
    firstShare: clip * (1 - beta1),
    secondShare: clip * clip * (1 - beta2),
    shrink: 1 - learningRate * weightDecay,
    stepSize: (learningRate * correction) / (1 - beta1 ** step.step),
    floor: epsilon * correction,
  };
}

/** Moves a parameter and its moments one step on. @param decays whether weight decay applies to it */
export function updateParameter(
  { parameter, firstMoment, secondMoment }: ParameterState,
  gradient: Float32Array,
  decays: boolean,
  step: AdamWStep,
): void {
  const { beta1, beta2 } = step;
  const { firstShare, secondShare, stepSize, floor, ...factors } = adamWFactors(step);
  const shrink = decays ? factors.shrink : 1;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i] as number;
    const first = (firstMoment[i] as number) * beta1 + g * firstShare;
    const second = (secondMoment[i] as number) * beta2 + g * g * secondShare;
    firstMoment[i] = first;
    secondMoment[i] = second;
    parameter[i] = (parameter[i] as number) * shrink - (stepSize * first) / (Math.sqrt(second) + floor);
  }
}
