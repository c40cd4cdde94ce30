// Quality of the linear model beside scikit-learn's best of the kind, on the same splits: weighted F1 on a stratified
// fifth, seeds 1 to 6.
//
//   node bench/linear.js REVIEWS.csv [GROUP_COLUMN]     needs: npm run build; for the peer python3 with scikit-learn,
//   or PYTHON=path/to/python. With a group column, whole groups are held out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanText, createLabelEncoder, evaluateProbabilities } from '@otzyv/core';
import { groupSplit, predictLinear, readReviews, stratifiedSplit, trainLinear } from '@otzyv/trainer';

const [file, groupColumn] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node bench/linear.js REVIEWS.csv [GROUP_COLUMN]');
const reviews = [];
for await (const review of readReviews(file, { textColumn: 'text', labelColumn: 'label', groupColumn })) {
  const text = cleanText(review.text);
  if (text !== '') reviews.push({ ...review, text });
}
const { classes, encode } = createLabelEncoder(reviews.map(({ label }) => label));
const labelIds = reviews.map(({ label }) => encode(label));
const splits = [1, 2, 3, 4, 5, 6].map((seed) => {
  const options = { labels: classes, validationFraction: 0.2, seed };
  const groups = reviews.map(({ group }) => group);
  return groupColumn === undefined
    ? stratifiedSplit(labelIds, options)
    : groupSplit(groups, labelIds, options);
});

const ours = [];
for (const { train, validation } of splits) {
  const begun = performance.now();
  const pick = (rows, from) => rows.map((row) => from[row]);
  const texts = reviews.map(({ text }) => text);
  const { model } = await trainLinear(pick(train, texts), pick(train, labelIds), {
    classes: classes.length,
    classWeights: 'clamped',
  });
  const seconds = (performance.now() - begun) / 1000;
  const probabilities = predictLinear(model, pick(validation, texts));
  const { metrics } = evaluateProbabilities(pick(validation, labelIds), probabilities, classes.length);
  ours.push({ f1: metrics.f1_weighted, seconds });
}

const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
const task = join(folder, 'task.json');
writeFileSync(task, JSON.stringify({ texts: reviews.map(({ text }) => text), labelIds, splits }));
const peer = spawnSync(
  process.env.PYTHON ?? 'python3',
  [fileURLToPath(new URL('peers/linear.py', import.meta.url)), task, join(folder, 'peer.json')],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
const theirs = peer.status === 0 ? JSON.parse(readFileSync(join(folder, 'peer.json'), 'utf8')) : undefined;
rmSync(folder, { recursive: true });

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const row = (name, runs) =>
  `| ${name} | ${mean(runs.map((run) => run.f1)).toFixed(4)} | ${deviation(runs.map((run) => run.f1)).toFixed(4)} | ${mean(runs.map((run) => run.seconds)).toFixed(1)} s |`;
console.log(
  `${file}: ${reviews.length} texts, ${classes.length} classes; ${cpus().length} × ${cpus()[0].model}, Node ${process.version}`,
);
console.log('| model | weighted F1, mean of seeds 1–6 | deviation | training |\n|---|---|---|---|');
console.log(row('`linear`', ours));
if (theirs === undefined) console.log('The peer did not run: pip install scikit-learn, or set PYTHON.');
else console.log(row(`scikit-learn ${theirs.version}`, theirs.runs));
