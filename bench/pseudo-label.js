// What `otzyv pseudo-label` brings: `linear` is trained on four fifths of a file, or on a share of them, then trains itself on
// texts without labels, and both models are measured on the last fifth, whose texts are left out of what is read and which
// nothing was chosen by. The texts of the labels that are held back stand among those without.
//
//   node bench/pseudo-label.js [REVIEWS.csv] [RAW.csv] [--seeds 3] [--shares 1,0.2] [--min-confidence 0.9] [--rounds 3]
//   needs: npm run build; default: the reviews of this repository, which are too few for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cleanText, createLabelEncoder, normalizedForComparison } from '@otzyv/core';
import {
  evaluateFile,
  loadClassifier,
  openTable,
  openTableWriter,
  pseudoLabel,
  readReviews,
  resolvePseudoLabelOptions,
  resolveRunOptions,
  stratifiedSplit,
  train,
} from '@otzyv/trainer';

const bundled = (name) => fileURLToPath(new URL(`../test-fixtures/reviews/${name}`, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3' },
    shares: { type: 'string', default: '1,0.2' },
    'min-confidence': { type: 'string', default: '0.9' },
    rounds: { type: 'string', default: '3' },
  },
});
const [file = bundled('train.csv'), rawFile = bundled('test.csv')] = positionals;
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const shares = values.shares.split(',').map(Number);
const [minConfidence, rounds] = [Number(values['min-confidence']), Number(values.rounds)];
const columns = { textColumn: 'text', labelColumn: 'label' };
const silent = { listen: () => undefined };

const reviews = [];
for await (const { text, label } of readReviews(file, columns)) {
  if (cleanText(text) !== '') reviews.push({ text, label });
}
const rawTexts = [];
for await (const { values: row } of (await openTable(rawFile)).rows) rawTexts.push(row.text);

console.log(`confidence from ${minConfidence}, ${rounds} rounds at most\n`);
console.log('| labelled rows | seed | joined, by round | best round | weighted F1 before | after |');
console.log('|---|---|---|---|---|---|');
for (const share of shares) {
  const results = [];
  for (const seed of seeds) results.push(await measured(share, seed));
  const mean = (of) => (results.reduce((sum, result) => sum + of(result), 0) / results.length).toFixed(4);
  console.log(`| | mean | | | ${mean(({ before }) => before)} | ${mean(({ after }) => after)} |`);
}

/** @param share of the labels of four fifths */
async function measured(share, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
  const at = (name) => join(folder, name);
  try {
    const everyRow = reviews.map((_, row) => row);
    const { train: others, validation: held } = parted(everyRow, 0.2, seed);
    const labelled = share === 1 ? others : parted(others, share, seed).validation;
    const heldTexts = new Set(held.map((row) => normalizedForComparison(reviews[row].text)));
    const raw = [...rawTexts, ...others.map((row) => reviews[row].text)];
    await writeRows(
      at('train.csv'),
      labelled.map((row) => reviews[row]),
    );
    await writeRows(
      at('held.csv'),
      held.map((row) => reviews[row]),
    );
    await writeRows(
      at('raw.csv'),
      raw.filter((text) => !heldTexts.has(normalizedForComparison(text))).map((text) => ({ text })),
    );
    const [run, output] = [at('run'), at('self')];
    const options = resolveRunOptions({ model: 'linear', trainFile: at('train.csv'), output: run, seed });
    await train(options, silent);
    const asked = { run, input: at('raw.csv'), output, minConfidence, rounds };
    const told = await pseudoLabel(resolvePseudoLabelOptions(asked), silent);
    const [before, after] = [await f1(run, at('held.csv')), await f1(output, at('held.csv'))];
    const joined = told.rounds.map((round) => round.joined).join(', ') || 'none';
    console.log(
      `| ${labelled.length} | ${seed} | ${joined} | ${told.best.round} | ${before.toFixed(4)} | ${after.toFixed(4)} |`,
    );
    return { before, after };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Stratified by label. */
function parted(rows, validationFraction, seed) {
  const { classes, encode } = createLabelEncoder(reviews.map(({ label }) => label));
  const split = stratifiedSplit(
    rows.map((row) => encode(reviews[row].label)),
    { labels: classes, validationFraction, seed },
  );
  const back = (places) => places.map((place) => rows[place]);
  return { train: back(split.train), validation: back(split.validation) };
}

async function writeRows(path, rows) {
  const writer = await openTableWriter(path, Object.keys(rows[0]));
  await writer.write(...rows);
  await writer.close();
}

async function f1(model, heldFile) {
  const classifier = await loadClassifier(model);
  try {
    return (await evaluateFile(classifier, { file: heldFile, ...columns })).metrics.f1_weighted;
  } finally {
    await classifier.dispose();
  }
}
