// Does an audit find wrong labels, and does leaving them out help? A share of the labels of real reviews is flipped, the
// audit ranks all rows, and a linear model is trained with the true labels, with the flipped ones, and without the rows
// that the audit excludes by itself; weighted F1 is measured on a fifth of the rows that nobody touched.
//
//   node bench/label-errors.js [REVIEWS.csv] [--flips symmetric|confusion] [--share 0.05] [--seeds 3] [--filter-by both]
//   needs: npm run build. `symmetric` draws the wrong label from all others, `confusion` as the model itself confuses.
//
// The labels of real reviews are wrong here and there to begin with. An audit that finds those is right, and counted
// wrong: precision is a lower bound.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answers, cleanText, confusionMatrix, createLabelEncoder, createRandom, shuffled } from '@otzyv/core';
import {
  auditFile,
  crossValidate,
  openTableWriter,
  readPredictions,
  readReviews,
  resolveCrossValidation,
  resolveRunOptions,
  stratifiedSplit,
  train,
  writeAudit,
} from '@otzyv/trainer';

const BUNDLED = fileURLToPath(new URL('../test-fixtures/reviews/train.csv', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    flips: { type: 'string', default: 'symmetric' },
    share: { type: 'string', default: '0.05' },
    seeds: { type: 'string', default: '3' },
    'filter-by': { type: 'string', default: 'both' },
  },
});
const [file = BUNDLED] = positionals;
const share = Number(values.share);
const quiet = { listen: () => undefined };

const reviews = [];
for await (const review of readReviews(file, { textColumn: 'text', labelColumn: 'label' })) {
  if (cleanText(review.text) !== '') reviews.push(review);
}
const { classes, encode } = createLabelEncoder(reviews.map(({ label }) => label));
const labelIds = reviews.map(({ label }) => encode(label));

const results = [];
for (let seed = 1; seed <= Number(values.seeds); seed++) {
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
  try {
    results.push(await measured(seed, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measured(seed, folder) {
  const split = stratifiedSplit(labelIds, { labels: classes, validationFraction: 0.2, seed });
  const [heldFile, cleanFile, flippedFile, auditCsv] = ['held', 'clean', 'flipped', 'audit'].map((name) =>
    join(folder, `${name}.csv`),
  );
  const rows = split.train.map((index) => reviews[index]);
  const truth = split.train.map((index) => labelIds[index]);
  await writeReviews(
    heldFile,
    split.validation.map((index) => reviews[index]),
  );
  await writeReviews(cleanFile, rows);
  const confusion =
    values.flips === 'confusion' ? await confusionOf(cleanFile, join(folder, 'clean-cv')) : undefined;
  const given = flipped(truth, confusion, seed);
  await writeReviews(
    flippedFile,
    rows.map(({ text }, i) => ({ text, label: classes[given[i]] })),
  );

  await crossValidated(flippedFile, join(folder, 'cv'));
  const predictions = join(folder, 'cv');
  const found = await auditFile({ ...audited(flippedFile), predictions, filter: values['filter-by'] });
  await writeAudit(auditCsv, found.findings);

  const isFlipped = given.map((id, i) => id !== truth[i]);
  const planted = isFlipped.filter(Boolean).length;
  const listed = found.findings.filter(({ kinds }) => kinds.includes('label'));
  const excluded = found.findings.filter(({ decision }) => decision === 'exclude');
  const hits = (findings) => findings.filter(({ row }) => isFlipped[row - 1]).length;
  const ranked = await rankedRows(predictions, given);
  const f1 = async (name, trainFile, exclude) => {
    const options = {
      model: 'linear',
      trainFile,
      validationFile: heldFile,
      exclude,
      output: join(folder, name),
    };
    return (await train(resolveRunOptions(options), quiet)).evaluation.metrics.f1_weighted;
  };
  return {
    planted,
    atK: ranked.slice(0, planted).filter((i) => isFlipped[i]).length / planted,
    averagePrecision: averagePrecision(ranked.map((i) => isFlipped[i])),
    listed: listed.length,
    listedPrecision: hits(listed) / listed.length,
    listedRecall: hits(listed) / planted,
    excluded: excluded.length,
    excludedPrecision: hits(excluded) / Math.max(1, excluded.length),
    excludedRecall: hits(excluded) / planted,
    f1Clean: await f1('run-clean', cleanFile),
    f1Flipped: await f1('run-flipped', flippedFile),
    f1Audited: await f1('run-audited', flippedFile, auditCsv),
  };
}

function audited(trainFile) {
  return { trainFile, textColumn: 'text', labelColumn: 'label' };
}

async function writeReviews(path, rows) {
  const writer = await openTableWriter(path, ['text', 'label']);
  await writer.write(...rows.map(({ text, label }) => ({ text, label })));
  await writer.close();
}

function crossValidated(trainFile, output) {
  return crossValidate(resolveCrossValidation({ model: 'linear', trainFile, output }), quiet);
}

async function confusionOf(trainFile, output) {
  await crossValidated(trainFile, output);
  const { labelIds: ids, probabilities } = await readPredictions(join(output, 'oof_pred.csv'));
  return confusionMatrix(ids, answers(probabilities, classes.length), classes.length);
}

function flipped(truth, confusion, seed) {
  const random = createRandom(seed, 'flips', values.flips);
  const given = [...truth];
  const everyRow = truth.map((_, i) => i);
  for (const i of shuffled(everyRow, random).slice(0, Math.round(share * truth.length))) {
    const others = classes.map((_, id) => id).filter((id) => id !== truth[i]);
    const odds = others.map((id) => (confusion === undefined ? 1 : confusion[truth[i]][id] + 0.01));
    let left = random.uniform() * odds.reduce((sum, value) => sum + value, 0);
    given[i] = others.find((_, n) => {
      left -= odds[n];
      return left <= 0;
    });
  }
  return given;
}

/** All rows, the least probable label first: what an audit without any threshold would show. */
async function rankedRows(folder, given) {
  const { rows, probabilities } = await readPredictions(join(folder, 'oof_pred.csv'));
  const own = rows.map((row, place) => probabilities[place * classes.length + given[row - 1]]);
  const places = rows.map((_, place) => place).sort((a, b) => own[a] - own[b]);
  return places.map((place) => rows[place] - 1);
}

/** As scikit-learn's `average_precision_score`. */
function averagePrecision(isHit) {
  let [hits, sum] = [0, 0];
  isHit.forEach((hit, i) => {
    if (hit) sum += ++hits / (i + 1);
  });
  return sum / hits;
}

const mean = (name) => results.reduce((sum, result) => sum + result[name], 0) / results.length;
const score = (name) => mean(name).toFixed(3);
const n = (name) => mean(name).toFixed(0);
console.log(
  `${file}: ${reviews.length} texts, ${classes.length} classes; ${values.flips} flips of ${share * 100} %, means of seeds 1–${values.seeds}`,
);
console.log('\n| | rows | precision | recall |\n|---|---|---|---|');
console.log(`| the worst k, k = flipped | ${n('planted')} | ${score('atK')} | ${score('atK')} |`);
console.log(
  `| listed as doubtful (${values['filter-by']}) | ${n('listed')} | ${score('listedPrecision')} | ${score('listedRecall')} |`,
);
console.log(
  `| excluded by itself | ${n('excluded')} | ${score('excludedPrecision')} | ${score('excludedRecall')} |`,
);
console.log(
  `\naverage precision ${score('averagePrecision')} (chance: ${share.toFixed(3)}); the labels are not faultless: a lower bound`,
);
console.log('\n| linear trained on | weighted F1 on untouched rows |\n|---|---|');
for (const [name, key] of [
  ['the labels as they were', 'f1Clean'],
  ['flipped labels', 'f1Flipped'],
  ['flipped labels, without what the audit excludes', 'f1Audited'],
])
  console.log(`| ${name} | ${mean(key).toFixed(4)} |`);
