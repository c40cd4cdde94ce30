/**
 * Reverse-mode differentiation: the tape walked backwards, adding up what reaches each value.
 */
import { OtzyvError } from '@otzyv/core';
import type { TapeEntry } from './differentiable-ops.ts';
import type { Graph, Value } from './graph.ts';

/**
 * @param loss       [] what is differentiated
 * @param parameters with respect to what
 * @returns for each parameter's name its gradient, of the parameter's shape
 */
export function differentiate(
  graph: Graph,
  tape: readonly TapeEntry[],
  loss: Value,
  parameters: readonly Value[],
): Map<string, Value> {
  const leadsToParameter = new Set(parameters.map((parameter) => parameter.name));
  for (const { output, inputs } of tape) {
    if (inputs.some(([input]) => leadsToParameter.has(input.name))) leadsToParameter.add(output.name);
  }

  const gradients = new Map<string, Value>([[loss.name, graph.float(1)]]);
  for (const { output, inputs } of tape.toReversed()) {
    const gradient = gradients.get(output.name);
    if (gradient === undefined) continue;
    for (const [input, rule] of inputs) {
      if (!leadsToParameter.has(input.name)) continue;
      const contribution = rule(gradient);
      const before = gradients.get(input.name);
      gradients.set(
        input.name,
        before === undefined ? contribution : graph.node('Add', [before, contribution], { dims: input.dims }),
      );
    }
  }

  return new Map(
    parameters.map(({ name }) => {
      const gradient = gradients.get(name);
      if (gradient === undefined) {
        throw new OtzyvError(
          'internal.no-gradient',
          `the loss does not depend on the parameter ${name}`,
          'Leave the parameter out of the model, or use it.',
        );
      }
      return [name, gradient];
    }),
  );
}
