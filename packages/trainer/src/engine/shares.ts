/** How micro-batches make up one large batch. */
import type { EngineOptions, LabelledBatch } from './engine.ts';

/**
 * What each micro-batch counts for, so that together they give the loss and the gradient of one large batch: by its
 * rows, or by their class weights where the loss is divided by those.
 */
export function sharesOf(
  microBatches: readonly LabelledBatch[],
  { loss, classWeights }: Pick<EngineOptions, 'loss' | 'classWeights'>,
): number[] {
  const weights = loss.kind === 'cross-entropy' ? classWeights : undefined;
  const sizes = microBatches.map(({ batch, labels }) =>
    weights === undefined
      ? batch
      : labels.reduce((sum, label) => sum + (weights[Number(label)] as number), 0),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / total);
}
