/** How micro-batches make up one large batch. */
import type { EngineOptions, LabelledBatch } from './engine.ts';
import { exampleWeightsOf } from './objective.ts';

/**
 * What each micro-batch counts for, so that together they give the loss and the gradient of one large batch: by what its
 * loss is divided by. In cross-entropy that is what its rows weigh, themselves and by their classes; in focal loss what they
 * weigh themselves; of masked words their number.
 */
export function sharesOf(
  microBatches: readonly LabelledBatch[],
  { objective }: Pick<EngineOptions, 'objective'>,
): number[] {
  const weights =
    objective.kind === 'classification' && objective.loss.kind === 'cross-entropy'
      ? objective.classWeights
      : undefined;
  const sizes = microBatches.map((batch) => {
    const ofExamples = exampleWeightsOf(objective, batch);
    if (weights === undefined && ofExamples === undefined) return batch.labels.length;
    return batch.labels.reduce(
      (sum, label, row) => sum + (weights?.[Number(label)] ?? 1) * (ofExamples?.[row] ?? 1),
      0,
    );
  });
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / total);
}
