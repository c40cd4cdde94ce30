// What pre-training and pooling bring: `linear`, `micro` from nothing and `micro` that has read reviews without labels are
// trained on four fifths of a file and measured on the last fifth, one by one and together. Its texts are left out of what is
// read. Each run holds out a fifth of its own to choose the epoch, and is trained once more on all it has (--refit).
//
//   node bench/pretraining.js [REVIEWS.csv] [RAW.csv …] [--pretraining-epochs 80] [--seeds 1,2,3] [--bert MODEL]
//   needs: npm run build; default: the reviews of this repository, which are too few for it.
//   --bert: a folder or a hub id, such as intfloat/multilingual-e5-small, fine-tuned besides, and together with the others.
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
  trainEnsemble,
} from '@otzyv/trainer';

const bundled = (name) => fileURLToPath(new URL(`../test-fixtures/reviews/${name}`, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'pretraining-epochs': { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    bert: { type: 'string' },
  },
});
const [file = bundled('train.csv'), ...given] = positionals;
const rawFiles = given.length > 0 ? given : [bundled('test.csv')];
const epochs = values['pretraining-epochs'] && Number(values['pretraining-epochs']);
const seeds = values.seeds.split(',').map(Number);
const SPLIT_SEED = 42;
/** For a published BERT: as `micro` is fine-tuned, at a rate that suits it. */
const FOR_BERT = {
  ...{ epochs: 5, learningRate: 1e-4, batchSize: 32, warmupSteps: 0.06, classWeights: 'clamped' },
  loss: { kind: 'cross-entropy', labelSmoothing: 0.05 },
};
const columns = { textColumn: 'text', labelColumn: 'label' };

const reviews = [];
for await (const { text, label } of readReviews(file, columns)) {
  if (cleanText(text) !== '') reviews.push({ text, label });
}
const { classes, encode } = createLabelEncoder(reviews.map(({ label }) => label));
const split = stratifiedSplit(
  reviews.map(({ label }) => encode(label)),
  { labels: classes, validationFraction: 0.2, seed: SPLIT_SEED },
);

const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
const [trainFile, heldFile] = [join(folder, 'train.csv'), join(folder, 'held.csv')];
try {
  await writeReviews(trainFile, split.train);
  await writeReviews(heldFile, split.validation);
  const { model, told } = await pretrained([...rawFiles, trainFile], heldFile);
  console.log(
    `${split.validation.length} reviews that nothing was trained on, ${split.train.length} others; micro pre-trained ${told}\n`,
  );
  console.log(`| | weighted F1, seeds ${seeds.join(', ')} | mean | of the first, 95 % |\n|---|---|---|---|`);
  const linear = await trained({ model: 'linear' }, [seeds[0]]);
  const micro = await trained({ model: 'micro' }, seeds);
  const afterReading = await trained({ model }, seeds);
  const besideLinear = (runs) => ({ models: [...linear, ...runs], weights: [1, ...alike(runs)] });
  await row('`linear`', linear); // it has nothing random
  await row('`micro`', micro);
  await row('`micro`, pre-trained', afterReading);
  await row('`linear` + `micro`', await pooled(micro.map((run) => besideLinear([run]))));
  await row('`linear` + `micro`, pre-trained', await pooled(afterReading.map((run) => besideLinear([run]))));
  if (seeds.length > 1) {
    const all = { models: afterReading, weights: alike(afterReading) };
    await row(`${seeds.length} \`micro\`, pre-trained`, await pooled([all]));
    await row(
      `\`linear\` + ${seeds.length} \`micro\`, pre-trained`,
      await pooled([besideLinear(afterReading)]),
    );
  }
  if (values.bert !== undefined) {
    const bert = await trained({ model: values.bert, ...FOR_BERT }, seeds);
    await row('`--bert`', bert);
    await row('`linear` + `--bert`', await pooled(bert.map((run) => besideLinear([run]))));
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns the runs' folders */
async function trained(asked, seeds) {
  const runs = [];
  for (const seed of seeds) {
    const output = mkdtempSync(join(folder, 'run-'));
    await train(resolveRunOptions({ ...asked, ...columns, trainFile, output, seed, refit: true }), {
      listen: () => undefined,
    });
    runs.push(output);
  }
  return runs;
}

/** @returns a weight for each, one together */
function alike(runs) {
  return runs.map(() => 1 / runs.length);
}

/** @returns the ensembles' folders */
async function pooled(ensembles) {
  const outputs = [];
  for (const { models, weights } of ensembles) {
    const output = mkdtempSync(join(folder, 'pool-'));
    await trainEnsemble({ models, weights, output });
    outputs.push(output);
  }
  return outputs;
}

/** Measures each on the last fifth, and prints. */
async function row(what, models) {
  const found = [];
  for (const model of models) {
    const classifier = await loadClassifier(model);
    try {
      const { metrics, intervals } = await evaluateFile(classifier, { file: heldFile, ...columns });
      found.push({ f1: metrics.f1_weighted, ...intervals.metrics.f1_weighted });
    } finally {
      await classifier.dispose();
    }
  }
  const shown = (value) => value.toFixed(3);
  const mean = found.reduce((sum, { f1 }) => sum + f1, 0) / found.length;
  const [{ low, high }] = found;
  console.log(
    `| ${what} | ${found.map(({ f1 }) => shown(f1)).join(', ')} | ${shown(mean)} | ${shown(low)} to ${shown(high)} |`,
  );
}

async function writeReviews(path, rows) {
  const writer = await openTableWriter(path, ['text', 'label']);
  await writer.write(...rows.map((row) => reviews[row]));
  await writer.close();
}

/** @returns the folder of the best model, and how far it came */
async function pretrained(trainFiles, excluded) {
  const [output, told] = [join(folder, 'pretrained'), {}];
  const asked = { model: 'micro', trainFiles, excludeFiles: [excluded], output, epochs };
  const options = resolvePretrainingOptions(asked);
  const { modelFolder, metrics, baseline } = await pretrain(options, {
    listen: (event) => Object.assign(told, { [event.type]: event }),
  });
  const { 'data.gathered': gathered, 'model.ready': ready } = told;
  const steps = ready.totalSteps.toLocaleString('en-US');
  const [reached, byFrequency] = [metrics, baseline].map(({ perplexity }) => Math.round(perplexity));
  return {
    model: modelFolder,
    told: `for ${options.epochs} epochs on ${gathered.texts.toLocaleString('en-US')} different texts (${steps} steps; perplexity ${reached}, by frequency ${byFrequency})`,
  };
}
