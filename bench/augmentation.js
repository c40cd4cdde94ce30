// What `otzyv augment` brings: the linear model is trained on a file as it is, and with texts made by each method, and
// weighted and macro F1 are measured on the same fifth of the real reviews. Texts are made with the default seed, the fifth is
// drawn anew by each seed.
//
//   node bench/augmentation.js [REVIEWS.csv] [--seeds 3] [--per-class 600] [--per-row 5]
//   needs: npm run build. --per-class and --per-row are those of the last row alone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PERTURBATIONS } from '@otzyv/core';
import { augmentFile, resolveRunOptions, train } from '@otzyv/trainer';

const BUNDLED = fileURLToPath(new URL('../test-fixtures/reviews/train.csv', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3' },
    'per-class': { type: 'string', default: '600' },
    'per-row': { type: 'string', default: '5' },
  },
});
const [file = BUNDLED] = positionals;
const [perClass, perRow] = [Number(values['per-class']), Number(values['per-row'])];
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const columns = { textColumn: 'text', labelColumn: 'label' };

const ways = [
  { name: 'as it is' },
  { name: 'all three methods', asked: {} },
  ...PERTURBATIONS.map((method) => ({ name: method, asked: { methods: [method] } })),
  { name: `to ${perClass} rows a class, ${perRow} of a review`, asked: { perClass, perRow } },
];

console.log('| training file | made | weighted F1 | macro F1 |\n|---|---|---|---|');
for (const { name, asked } of ways) {
  const results = [];
  for (const seed of seeds) results.push(await measured(asked, seed));
  const mean = (of) => results.reduce((sum, result) => sum + of(result), 0) / results.length;
  const f1 = (metric) => mean(({ metrics }) => metrics[metric]).toFixed(4);
  const made = Math.round(mean((result) => result.made));
  console.log(`| ${name} | ${made} | ${f1('f1_weighted')} | ${f1('f1_macro')} |`);
}

/** @param asked of `augmentFile`; undefined: the file as it is */
async function measured(asked, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
  try {
    const output = join(folder, 'more.csv');
    const { made } =
      asked === undefined
        ? { made: 0 }
        : await augmentFile({ trainFile: file, output, ...columns, ...asked, skipBadRows: true });
    const options = resolveRunOptions({
      ...{ model: 'linear', trainFile: asked === undefined ? file : output, output: join(folder, 'run') },
      ...{ ...columns, seed, validationFraction: 0.2, skipBadRows: true },
    });
    const { evaluation } = await train(options, { listen: () => undefined });
    return { made, metrics: evaluation.metrics };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
