/**
 * How answers look beside the data that the model was made of: a mix of classes, a confidence or a share of unknown words
 * that moves away from it is the first sign that a model has grown old.
 */
import { Gauge, type Registry } from 'prom-client';
import type { ModelService } from '../models/model-service.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { DriftMeasure } from './drift.ts';

export function addDriftMetrics(registry: Registry, models: ModelRegistry): void {
  const gauge = (
    name: string,
    help: string,
    valuesOf: (service: ModelService) => Iterable<readonly [labels: Record<string, string>, value: number]>,
    ...labels: string[]
  ) =>
    new Gauge({
      ...{ name, help, labelNames: ['model', ...labels], registers: [registry] },
      collect() {
        this.reset();
        for (const service of models.list())
          for (const [more, value] of valuesOf(service))
            this.set({ model: service.spec.name, ...more }, value);
      },
    });

  gauge(
    'otzyv_training_share',
    'Share of each label in the training data',
    ({ model: { card, labels } }) => {
      const counts = card?.classCounts ?? [];
      const all = counts.reduce((sum, n) => sum + n, 0);
      return counts.map((n, id) => [{ label: labels[id] ?? '' }, n / all]);
    },
    'label',
  );
  gauge(
    'otzyv_reference_confidence',
    'Mean confidence of the answers to held-out texts',
    ({ drift: { reference } }) =>
      reference === undefined ? [] : [[{}, reference.confidenceSum / reference.texts]],
  );
  gauge(
    'otzyv_reference_unknown_share',
    'Share of unknown tokens in held-out texts',
    ({ drift: { reference } }) =>
      reference === undefined ? [] : [[{}, reference.unknown / reference.tokens]],
  );
  gauge(
    'otzyv_drift',
    'Population stability index of the last 1000 answers: from 0.25 on much has changed',
    ({ drift }) =>
      Object.entries(drift.measure() satisfies DriftMeasure).map(([of, index]) => [{ of }, index as number]),
    'of',
  );
}
