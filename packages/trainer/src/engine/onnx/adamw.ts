/**
 * Clipping and AdamW as graph nodes, in PyTorch's order of operations: `clip_grad_norm_`, then `torch.optim.AdamW`.
 * Reference: Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
 */
import type { Graph, Value } from './graph.ts';
import { createEmitters } from './node-emitters.ts';

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

export interface UpdateRule {
  /** What a parameter and its moments become. `decays`: whether weight decay applies to it. */
  update(
    parameter: Value,
    gradient: Value,
    firstMoment: Value,
    secondMoment: Value,
    decays: boolean,
  ): { parameter: Value; firstMoment: Value; secondMoment: Value };
}

/**
 * Scalars are multiplied with each other first, so that the tensors are passed over as seldom as can be: clipping costs
 * nothing, and the correction of the second moment moves to the other side of its root.
 *
 * @param learningRate         [] of this step
 * @param firstCorrection      [] 1 − β₁ᵗ, for step t = 1, 2, …
 * @param secondCorrectionRoot [] √(1 − β₂ᵗ)
 * @param clip                 [] the factor of `clip_grad_norm_`
 */
export function adamW(
  graph: Graph,
  options: AdamWOptions,
  inputs: { learningRate: Value; firstCorrection: Value; secondCorrectionRoot: Value; clip: Value },
): UpdateRule {
  const { add, subtract, multiply, divide, sqrt } = createEmitters(graph, 'onnxruntime');
  const { beta1, beta2, epsilon, weightDecay } = options;
  const { learningRate, firstCorrection, secondCorrectionRoot, clip } = inputs;

  const firstShare = multiply(clip, graph.float(1 - beta1));
  const secondShare = multiply(multiply(clip, clip), graph.float(1 - beta2));
  const shrink = subtract(graph.float(1), multiply(learningRate, graph.float(weightDecay)));
  const stepSize = divide(multiply(learningRate, secondCorrectionRoot), firstCorrection);
  const floor = multiply(graph.float(epsilon), secondCorrectionRoot);

  return {
    update: (parameter, gradient, firstMoment, secondMoment, decays) => {
      const first = add(multiply(firstMoment, graph.float(beta1)), multiply(gradient, firstShare));
      const square = multiply(gradient, gradient);
      const second = add(multiply(secondMoment, graph.float(beta2)), multiply(square, secondShare));
      const direction = divide(first, add(sqrt(second), floor));
      const decayed = decays && weightDecay !== 0 ? multiply(parameter, shrink) : parameter;
      const moved = subtract(decayed, multiply(direction, stepSize));
      return { parameter: moved, firstMoment: first, secondMoment: second };
    },
  };
}

/** @returns [] the norm of all gradients together */
export function globalNorm(graph: Graph, gradients: Iterable<Value>): Value {
  const { sqrt } = createEmitters(graph, 'onnxruntime');
  const squares = [...gradients].map((gradient) =>
    graph.node('ReduceSumSquare', [gradient], { dims: [] }, SCALAR),
  );
  return sqrt(graph.node('Sum', squares, { dims: [] }));
}

const SCALAR = { attributes: { keepdims: 0 } } as const;

/** The factor of `clip_grad_norm_`: min(1, maxNorm / (norm + 1e-6)). */
export function clipFactor(graph: Graph, norm: Value, maxNorm: number): Value {
  const { add, divide } = createEmitters(graph, 'onnxruntime');
  const ratio = divide(graph.float(maxNorm), add(norm, graph.float(1e-6)));
  return graph.node('Min', [ratio, graph.float(1)], { dims: [] });
}
