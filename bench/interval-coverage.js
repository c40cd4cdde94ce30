// How often the 95 % intervals hold the truth: validation sets are drawn from a large population whose metrics are
// known, each as `otzyv train` holds one out (every class by its share) and as reviews come (by chance).
//
//   node bench/interval-coverage.js [SIMULATIONS=1000] [validation_pred.csv]     needs: npm run build
//
// The populations: nine classes with the shares of the project's marketplace reviews, the rarest 0.3 %, and scores of a
// middling model and of a good one; or the rows of a file that a run or a cross-validation left.
import { bootstrapIntervals, createRandom, evaluateProbabilities, METRIC_NAMES } from '@otzyv/core';
import { readPredictions } from '@otzyv/trainer';

const COUNTS = [2130, 1493, 752, 506, 456, 312, 128, 25, 18];
const SIZES = [200, 400, 1000];
const [simulations = '1000', file] = process.argv.slice(2);

/**
 * Scores of a class: noise, more for the true one, more for large ones.
 * @param signal how far the truth stands out
 */
function madeUp(rows, signal) {
  const random = createRandom(1, 'population');
  const total = COUNTS.reduce((sum, n) => sum + n, 0);
  const labelIds = COUNTS.flatMap((n, id) => new Array(Math.round((rows * n) / total)).fill(id));
  const probabilities = new Float32Array(labelIds.length * COUNTS.length);
  labelIds.forEach((label, row) => {
    const powers = COUNTS.map((n, id) =>
      Math.exp(0.5 * Math.log(n / total) + 1.1 * random.normal() + (id === label ? signal : 0)),
    );
    const sum = powers.reduce((whole, power) => whole + power, 0);
    powers.forEach((power, id) => {
      probabilities[row * COUNTS.length + id] = power / sum;
    });
  });
  return { labelIds, probabilities, labels: COUNTS.map((n) => String(n)) };
}

const populations =
  file === undefined
    ? { 'a middling model': madeUp(200_000, 2), 'a good model': madeUp(200_000, 4) }
    : { [file]: await readPredictions(file) };
for (const [name, population] of Object.entries(populations)) coverage(name, population);

function coverage(name, population) {
  const classes = population.labels.length;
  const { metrics, report } = evaluateProbabilities(population.labelIds, population.probabilities, classes);
  const byClass = population.labels.map((_, id) =>
    population.labelIds.flatMap((label, row) => (label === id ? [row] : [])),
  );
  const designs = {
    'by share': (size, random) =>
      byClass.flatMap((rows) => {
        const share = Math.max(1, Math.round((size * rows.length) / population.labelIds.length));
        return Array.from({ length: share }, () => rows[random.integer(rows.length)]);
      }),
    'by chance': (size, random) =>
      Array.from({ length: size }, () => random.integer(population.labelIds.length)),
  };
  const largestFirst = byClass.map((_, id) => id).sort((a, b) => byClass[b].length - byClass[a].length);
  const f1s = largestFirst.map((id) => report.classes[id].f1.toFixed(2)).join(' ');
  console.log(
    `${name}: weighted F1 ${metrics.f1_weighted.toFixed(3)}, macro F1 ${metrics.f1_macro.toFixed(3)}, accuracy ${metrics.accuracy.toFixed(3)}; F1 of classes, largest first: ${f1s}\n`,
  );
  console.log(`| drawn | rows | ${METRIC_NAMES.join(' | ')} | F1 of classes, largest first |`);
  console.log(`|---|---|${METRIC_NAMES.map(() => '---|').join('')}---|`);
  for (const [design, draw] of Object.entries(designs)) {
    for (const size of SIZES) {
      const held = Object.fromEntries(METRIC_NAMES.map((metric) => [metric, 0]));
      const heldOfClass = new Array(classes).fill(0);
      for (let seed = 0; seed < Number(simulations); seed++) {
        const rows = draw(size, createRandom(seed, design, size));
        const labelIds = rows.map((row) => population.labelIds[row]);
        const probabilities = rows.flatMap((row) =>
          Array.from(population.probabilities.subarray(row * classes, (row + 1) * classes)),
        );
        const found = bootstrapIntervals(labelIds, probabilities, classes, { seed });
        for (const metric of METRIC_NAMES) if (holds(found.metrics[metric], metrics[metric])) held[metric]++;
        found.classes.forEach(({ f1 }, id) => {
          if (holds(f1, report.classes[id].f1)) heldOfClass[id]++;
        });
      }
      const share = (n) => (n / Number(simulations)).toFixed(3);
      console.log(
        `| ${design} | ${size} | ${METRIC_NAMES.map((metric) => share(held[metric])).join(' | ')} | ${largestFirst.map((id) => share(heldOfClass[id])).join(' ')} |`,
      );
    }
  }
  console.log();
}

function holds({ low, high }, value) {
  return low <= value && value <= high;
}
