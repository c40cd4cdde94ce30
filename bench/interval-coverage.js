// How often the 95 % intervals hold the truth: validation sets are drawn from a large population whose metrics are
// known, each as `otzyv train` holds one out (every class by its share) and as reviews come (by chance).
//
//   node bench/interval-coverage.js [SIMULATIONS=1000] [validation_pred.csv]     needs: npm run build
//
// The populations: nine classes with the shares of the project's marketplace reviews, the rarest 0.3 %, and scores of a
// middling model and of a good one; two models that agree on all but few rows, and two that are further apart, for
// the intervals of differences; or the rows of a file that a run or a cross-validation left.
import {
  bootstrapIntervals,
  comparePaired,
  createRandom,
  evaluateProbabilities,
  METRIC_NAMES,
} from '@otzyv/core';
import { readPredictions } from '@otzyv/trainer';

const COUNTS = [2130, 1493, 752, 506, 456, 312, 128, 25, 18];
const SIZES = [200, 400, 1000];
const ROWS = 200_000;
const [simulations = '1000', file] = process.argv.slice(2);

/**
 * Scores of a class: noise, more for the true one, more for large ones.
 * @param signals how far the truth stands out, for each model
 * @param own     the noise that a model does not share with the other
 */
function madeUp(signals, own = 0) {
  const random = createRandom(1, 'population');
  const total = COUNTS.reduce((sum, n) => sum + n, 0);
  const labelIds = COUNTS.flatMap((n, id) => new Array(Math.round((ROWS * n) / total)).fill(id));
  const models = signals.map(() => new Float32Array(labelIds.length * COUNTS.length));
  labelIds.forEach((label, row) => {
    const shared = COUNTS.map((n) => 0.5 * Math.log(n / total) + 1.1 * random.normal());
    signals.forEach((signal, model) => {
      const powers = shared.map((one, id) =>
        Math.exp(one + own * random.normal() + (id === label ? signal : 0)),
      );
      const sum = powers.reduce((whole, power) => whole + power, 0);
      models[model].set(
        powers.map((power) => power / sum),
        row * COUNTS.length,
      );
    });
  });
  return { labelIds, models, labels: COUNTS.map((n) => String(n)) };
}

async function fromFile(path) {
  const { labelIds, probabilities, labels } = await readPredictions(path);
  return { labelIds, models: [probabilities], labels };
}

const populations =
  file === undefined
    ? {
        'a middling model': madeUp([2]),
        'a good model': madeUp([4]),
        'the difference of two models that answer nearly the same': madeUp([3, 3.02], 0.1),
        'the difference of two models': madeUp([3, 3.1], 0.5),
      }
    : { [file]: await fromFile(file) };
for (const [name, population] of Object.entries(populations)) coverage(name, population);

/** @returns the value of every metric, and the F1 of every class: of one model, or of the second less the first */
function valuesOf({ labelIds, models, labels }) {
  const found = models.map((one) => evaluateProbabilities(labelIds, one, labels.length));
  const [first, second] = found;
  const of = (read) => (second === undefined ? read(first) : read(second) - read(first));
  return {
    metrics: Object.fromEntries(METRIC_NAMES.map((metric) => [metric, of(({ metrics }) => metrics[metric])])),
    f1: labels.map((_, id) => of(({ report }) => report.classes[id].f1)),
  };
}

/** @returns the same as intervals */
function intervalsOf({ labelIds, models, labels }, seed) {
  const [first, second] = models;
  if (second === undefined) {
    const { metrics, classes } = bootstrapIntervals(labelIds, first, labels.length, { seed });
    return { metrics, f1: classes.map(({ f1 }) => f1) };
  }
  const { metrics, classes } = comparePaired(labelIds, first, second, labels.length, { seed });
  return {
    metrics: Object.fromEntries(METRIC_NAMES.map((metric) => [metric, metrics[metric].interval])),
    f1: classes.map(({ f1 }) => f1.interval),
  };
}

function rowsOf({ labelIds, models, labels }, rows) {
  const classes = labels.length;
  return {
    labels,
    labelIds: rows.map((row) => labelIds[row]),
    models: models.map((one) => rows.flatMap((row) => [...one.subarray(row * classes, (row + 1) * classes)])),
  };
}

function coverage(name, population) {
  const { labels, labelIds } = population;
  const truth = valuesOf(population);
  const byClass = labels.map((_, id) => labelIds.flatMap((label, row) => (label === id ? [row] : [])));
  const designs = {
    'by share': (size, random) =>
      byClass.flatMap((rows) => {
        const share = Math.max(1, Math.round((size * rows.length) / labelIds.length));
        return Array.from({ length: share }, () => rows[random.integer(rows.length)]);
      }),
    'by chance': (size, random) => Array.from({ length: size }, () => random.integer(labelIds.length)),
  };
  const largestFirst = byClass.map((_, id) => id).sort((a, b) => byClass[b].length - byClass[a].length);
  const listed = (values, digits) => largestFirst.map((id) => values[id].toFixed(digits)).join(' ');
  const headline = ['f1_weighted', 'f1_macro', 'accuracy']
    .map((metric) => `${metric} ${truth.metrics[metric].toFixed(3)}`)
    .join(', ');
  console.log(`${name}: ${headline}; F1 of classes, largest first: ${listed(truth.f1, 2)}\n`);
  console.log(`| drawn | rows | ${METRIC_NAMES.join(' | ')} | F1 of classes, largest first |`);
  console.log(`|---|---|${METRIC_NAMES.map(() => '---|').join('')}---|`);
  for (const [design, draw] of Object.entries(designs)) {
    for (const size of SIZES) {
      const held = Object.fromEntries(METRIC_NAMES.map((metric) => [metric, 0]));
      const heldOfClass = labels.map(() => 0);
      for (let seed = 0; seed < Number(simulations); seed++) {
        const sample = rowsOf(population, draw(size, createRandom(seed, design, size)));
        const { metrics, f1 } = intervalsOf(sample, seed);
        for (const metric of METRIC_NAMES) if (holds(metrics[metric], truth.metrics[metric])) held[metric]++;
        f1.forEach((interval, id) => {
          if (holds(interval, truth.f1[id])) heldOfClass[id]++;
        });
      }
      const share = (n) => n / Number(simulations);
      const cells = METRIC_NAMES.map((metric) => share(held[metric]).toFixed(3));
      console.log(`| ${design} | ${size} | ${cells.join(' | ')} | ${listed(heldOfClass.map(share), 3)} |`);
    }
  }
  console.log();
}

function holds({ low, high }, value) {
  return low <= value && value <= high;
}
