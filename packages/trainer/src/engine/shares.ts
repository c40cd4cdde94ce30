/** How micro-batches make up one large batch. */
import type { EngineOptions, LabelledBatch } from './engine.ts';

/**
 * What each micro-batch counts for, so that together they give the loss and the gradient of one large batch: by what is
 * asked of it, its rows or its positions, or by their class weights where the loss is divided by those.
 */
export function sharesOf(
  microBatches: readonly LabelledBatch[],
  { objective }: Pick<EngineOptions, 'objective'>,
): number[] {
  const weights =
    objective.kind === 'classification' && objective.loss.kind === 'cross-entropy'
      ? objective.classWeights
      : undefined;
  const sizes = microBatches.map(({ labels }) =>
    weights === undefined
      ? labels.length
      : labels.reduce((sum, label) => sum + (weights[Number(label)] as number), 0),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / total);
}
