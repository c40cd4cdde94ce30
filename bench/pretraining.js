// What `otzyv pretrain` brings: `linear`, `micro` from nothing and `micro` that has read reviews without labels are trained on
// four fifths of a file, each once with the same seed, and measured on the last fifth. Its texts are left out of what is read.
//
//   node bench/pretraining.js [REVIEWS.csv] [RAW.csv] [--pretraining-epochs 10] [--seed 42]
//   needs: npm run build; default: the reviews of this repository, which are too few for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cleanText, createLabelEncoder } from '@otzyv/core';
import {
  evaluateFile,
  loadClassifier,
  openTableWriter,
  pretrain,
  readReviews,
  resolvePretrainingOptions,
  resolveRunOptions,
  stratifiedSplit,
  train,
} from '@otzyv/trainer';

const bundled = (name) => fileURLToPath(new URL(`../test-fixtures/reviews/${name}`, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'pretraining-epochs': { type: 'string', default: '10' },
    seed: { type: 'string', default: '42' },
  },
});
const [file = bundled('train.csv'), rawFile = bundled('test.csv')] = positionals;
const [epochs, seed] = [Number(values['pretraining-epochs']), Number(values.seed)];
const columns = { textColumn: 'text', labelColumn: 'label' };

const reviews = [];
for await (const { text, label } of readReviews(file, columns)) {
  if (cleanText(text) !== '') reviews.push({ text, label });
}
const { classes, encode } = createLabelEncoder(reviews.map(({ label }) => label));
const split = stratifiedSplit(
  reviews.map(({ label }) => encode(label)),
  { labels: classes, validationFraction: 0.2, seed },
);

const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
try {
  const [trainFile, heldFile] = [join(folder, 'train.csv'), join(folder, 'held.csv')];
  await writeReviews(trainFile, split.train);
  await writeReviews(heldFile, split.validation);
  console.log(
    `${split.validation.length} reviews that nothing was trained on, ${split.train.length} others; seed ${seed}\n`,
  );
  console.log('| | weighted F1 |\n|---|---|');
  await row('`linear`', { model: 'linear' });
  await row('`micro`, 4 epochs at 3e-4', { model: 'micro' });
  const { model, told } = await pretrained([rawFile, trainFile], heldFile);
  await row(`\`micro\` pre-trained for ${told}, then 4 epochs at 2e-4`, {
    ...{ model, epochs: 4, learningRate: 2e-4 },
  });

  /** Trains, measures on the last fifth, and prints. */
  async function row(what, asked) {
    const output = mkdtempSync(join(folder, 'run-'));
    const options = resolveRunOptions({ ...asked, ...columns, trainFile, output, seed });
    await train(options, { listen: () => undefined });
    const classifier = await loadClassifier(output);
    try {
      const { metrics, intervals } = await evaluateFile(classifier, { file: heldFile, ...columns });
      const { low, high } = intervals.metrics.f1_weighted;
      const [f1, from, to] = [metrics.f1_weighted, low, high].map((value) => value.toFixed(3));
      console.log(`| ${what} | ${f1} [${from}, ${to}] |`);
    } finally {
      await classifier.dispose();
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function writeReviews(path, rows) {
  const writer = await openTableWriter(path, ['text', 'label']);
  await writer.write(...rows.map((row) => reviews[row]));
  await writer.close();
}

/** @returns the folder of the best model, and how far it came */
async function pretrained(trainFiles, excluded) {
  const [output, told] = [join(folder, 'pretrained'), {}];
  const { modelFolder, metrics, baseline } = await pretrain(
    resolvePretrainingOptions({ model: 'micro', trainFiles, excludeFiles: [excluded], output, epochs, seed }),
    { listen: (event) => Object.assign(told, { [event.type]: event }) },
  );
  const { 'data.gathered': gathered, 'model.ready': ready } = told;
  const steps = ready.totalSteps.toLocaleString('en-US');
  const [reached, byFrequency] = [metrics, baseline].map(({ perplexity }) => Math.round(perplexity));
  return {
    model: modelFolder,
    told: `${epochs} epochs on ${gathered.texts.toLocaleString('en-US')} different texts (${steps} steps; perplexity ${reached}, by frequency ${byFrequency})`,
  };
}
