// What calibration is worth on rows that nothing was learned from: a linear model is trained on four fifths of a file, which
// hold out their own fifth to calibrate on; the last fifth measures. Means over seeds 1–5.
//
//   node bench/calibration.js [REVIEWS.csv]     needs: npm run build; default: the reviews of this repository
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answers, logLoss, reliability, weightedF1 } from '@otzyv/core';
import {
  answerRule,
  calibrateModel,
  decide,
  loadClassifier,
  openTableWriter,
  readReviews,
  resolveRunOptions,
  stratifiedSplit,
  train,
} from '@otzyv/trainer';

const FILE = process.argv[2] ?? fileURLToPath(new URL('../test-fixtures/reviews/train.csv', import.meta.url));
const SEEDS = [1, 2, 3, 4, 5];
const TARGETS = [0.8, 0.9, 0.95];

const reviews = [];
for await (const { text, label } of readReviews(FILE, { textColumn: 'text', labelColumn: 'label' })) {
  if (text.trim() !== '') reviews.push({ text, label });
}
const labels = [...new Set(reviews.map(({ label }) => label))].sort();
const ids = reviews.map(({ label }) => labels.indexOf(label));

const folder = mkdtempSync(join(tmpdir(), 'otzyv-calibration-'));
const measured = [];
try {
  for (const seed of SEEDS) measured.push(await measureOnce(seed));
} finally {
  rmSync(folder, { recursive: true });
}

const mean = (pick) => measured.reduce((sum, one) => sum + pick(one), 0) / measured.length;
console.log(
  `${reviews.length} reviews; measured on rows neither trained nor calibrated on, means of ${SEEDS.length} seeds\n`,
);
console.log('| | as trained | calibrated |');
console.log('|---|---|---|');
for (const name of ['ece', 'logLoss', 'brier']) {
  console.log(
    `| ${name} | ${mean(({ raw }) => raw[name]).toFixed(4)} | ${mean(({ fit }) => fit[name]).toFixed(4)} |`,
  );
}
console.log(`\ntemperatures: ${measured.map(({ temperature }) => temperature.toFixed(2)).join(', ')}`);
const kept = measured.filter(({ thresholds }) => thresholds !== undefined);
console.log(
  `class thresholds kept by ${kept.length} of ${measured.length}` +
    kept
      .map(({ thresholds: [without, risen] }) => `; weighted F1 ${without.toFixed(4)} → ${risen.toFixed(4)}`)
      .join(''),
);
console.log('\n| target precision | answered | precision there | seeds that reach it |');
console.log('|---|---|---|---|');
for (const [i, target] of TARGETS.entries()) {
  const found = measured.flatMap(({ caution }) => caution[i] ?? []);
  const share = (pick) =>
    (found.reduce((sum, one) => sum + pick(one), 0) / Math.max(1, found.length)).toFixed(3);
  const reached = found.filter(({ precision }) => precision >= target).length;
  console.log(
    `| ${target} | ${share(({ coverage }) => coverage)} | ${share(({ precision }) => precision)} | ${reached} of ${found.length} with a threshold |`,
  );
}

async function measureOnce(seed) {
  const split = stratifiedSplit(ids, { labels, validationFraction: 0.2, seed });
  const trainFile = join(folder, `train-${seed}.csv`);
  const writer = await openTableWriter(trainFile, ['text', 'label']);
  await writer.write(...split.train.map((row) => reviews[row]));
  await writer.close();
  const output = join(folder, `run-${seed}`);
  await train(resolveRunOptions({ model: 'linear', trainFile, output, seed }), { listen: () => undefined });
  await calibrateModel(output, { classThresholds: true });

  const raw = await answersOf(output, split.validation, true);
  const fit = await answersOf(output, split.validation, false);
  const { decision } = fit.card;
  const caution = TARGETS.map((targetPrecision) => cautious(fit, decision, targetPrecision));
  const thresholds = decision.classThresholds && [
    weightedF1(fit.truth, answers(fit.probabilities, fit.labels.length), fit.labels.length),
    weightedF1(
      fit.truth,
      decide(fit.probabilities, fit.labels, decision).map(({ labelId }) => labelId),
      fit.labels.length,
    ),
  ];
  return { raw: errors(raw), fit: errors(fit), temperature: decision.temperature, caution, thresholds };
}

async function answersOf(model, rows, isRaw) {
  const classifier = await loadClassifier(model, { isRaw });
  const { probabilities } = await classifier.predict(rows.map((row) => reviews[row].text));
  await classifier.dispose();
  const truth = rows.map((row) => classifier.labels.indexOf(reviews[row].label));
  return { probabilities, truth, labels: classifier.labels, card: classifier.card };
}

function errors({ probabilities, truth, labels }) {
  const { ece, brier } = reliability(truth, probabilities, labels.length);
  return { ece, brier, logLoss: logLoss(truth, probabilities, labels.length) };
}

/** Nothing where the calibration rows tell of no confidence that surely gives the precision. */
function cautious({ probabilities, truth, labels }, decision, targetPrecision) {
  let rule;
  try {
    rule = answerRule(decision, { targetPrecision });
  } catch {
    return undefined;
  }
  const sure = decide(probabilities, labels, rule).flatMap(({ labelId, isUncertain }, row) =>
    isUncertain ? [] : [labelId === truth[row]],
  );
  return {
    coverage: sure.length / truth.length,
    precision: sure.filter(Boolean).length / Math.max(1, sure.length),
  };
}
