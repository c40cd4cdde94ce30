// A real published BERT on both sides: our logits and 50 steps of fine-tuning beside PyTorch's, from one folder
// that test-fixtures/reference/minilm.py has prepared.
//
//   node bench/minilm.js FOLDER      needs: npm run build, and minilm.py prepare FOLDER REVIEWS.csv
import { readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bertParameters,
  createOnnxEngine,
  DEFAULT_ADAMW,
  exportModel,
  learningRateAt,
  loadClassifier,
  loadTokenizer,
  parseBertConfig,
  readSafetensors,
  writeSafetensors,
} from '@otzyv/trainer';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: node bench/minilm.js FOLDER');
const reference = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8'));
const model = join(folder, 'model');
const config = parseBertConfig(JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')), 'config.json');
const { tensors: weights } = await readSafetensors(join(model, 'model.safetensors'));
const [classes] = weights.get('classifier.bias').shape;
const tokenizer = await loadTokenizer(model);
const engine = createOnnxEngine({
  config,
  weights: new Map(bertParameters(config, classes).map(({ name }) => [name, weights.get(name)])),
  objective: { kind: 'classification', classes, loss: { kind: 'cross-entropy' } },
  optimizer: DEFAULT_ADAMW,
  maxGradNorm: 1,
  seed: 0,
});

function batchOf(from, to) {
  const rows = reference.texts
    .slice(from, to)
    .map((text) => tokenizer.encode(text, reference.max_length).ids);
  const time = Math.max(...rows.map((row) => row.length));
  const grid = (value) =>
    BigInt64Array.from(rows.flatMap((row) => Array.from({ length: time }, (_, t) => value(row, t))));
  return {
    batch: rows.length,
    time,
    inputIds: grid((row, t) => BigInt(row[t] ?? 0)),
    attentionMask: grid((row, t) => (t < row.length ? 1n : 0n)),
    tokenTypeIds: grid(() => 0n),
    labels: BigInt64Array.from(reference.targets.slice(from, to), BigInt),
  };
}

const logits = await engine.logits(batchOf(0, 32));
const logitError = Math.max(...reference.logits.flat().map((value, i) => Math.abs(value - logits[i])));
let lossError = 0;
const steps = reference.losses.length;
const schedule = { learningRate: reference.rate, schedule: 'linear', warmupSteps: 0 };
for (const [step, expected] of reference.losses.entries()) {
  const batch = batchOf(step * reference.batch, (step + 1) * reference.batch);
  const { loss } = await engine.trainStep([batch], learningRateAt(step, steps, schedule));
  lossError = Math.max(lossError, Math.abs(loss - expected) / expected);
}
console.log(`logits of 32 texts: greatest difference ${logitError.toExponential(1)}`);
console.log(
  `losses of ${steps} steps: greatest relative difference ${lossError.toExponential(1)} (PyTorch ${reference.torch})`,
);

const trained = join(folder, 'trained');
await cp(model, `${trained}-weights`, { recursive: true });
await writeSafetensors(join(`${trained}-weights`, 'model.safetensors'), engine.state().weights);
await engine.dispose();
await exportModel(`${trained}-weights`, trained);
const classifier = await loadClassifier(trained, { isRaw: true }); // as Python scores
const texts = reference.texts.slice(0, 100);
const { probabilities } = await classifier.predict(texts);
await classifier.dispose();
writeFileSync(
  join(folder, 'trained.json'),
  JSON.stringify({
    texts,
    probabilities: texts.map((_, i) => [...probabilities.subarray(i * classes, (i + 1) * classes)]),
  }),
);
console.log(
  `wrote ${trained} and trained.json; now: minilm.py check ${trained} ${join(folder, 'trained.json')}`,
);
