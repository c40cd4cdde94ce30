/** Where a model is weak, through the real binary: by columns, by length, by confidence. */
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { at, json, LABELLED, otzyv, rowsOf, TRAIN } from './testing/otzyv.ts';

/** The rows of a file, each of one of two shops. */
async function withShops(file: string, name: string): Promise<void> {
  const rows = rowsOf(file).map(
    ({ text, label }, i) => `"${text?.replaceAll('"', '""')}",${label},${i % 2 === 0 ? 'лавка' : 'склад'}`,
  );
  await writeFile(at(name), ['text,label,shop', ...rows].join('\n'));
}

const names = ({ groups }: { groups: { by: string }[] }) => groups.map(({ by }) => by);

test('a run keeps the columns it is asked for beside its answers, and is measured by them', async () => {
  await withShops(TRAIN, 'train.csv');
  const { code } = await otzyv(
    ...['train', '--model', 'linear', '--train', 'train.csv', '--slice-column', 'shop', '--output', 'run'],
  );
  expect(code).toBe(0);
  const shops = rowsOf(at('train.csv')).map(({ shop }) => shop);
  for (const { row, shop } of rowsOf(at('run/validation_pred.csv')))
    expect(shop).toBe(shops[Number(row) - 1]);
  const { slices, eval_accuracy } = json(at('run/eval_results.json'));
  expect(names(slices)).toEqual(['shop', 'characters', 'confidence']);
  expect(slices.whole.metrics.accuracy).toBe(eval_accuracy);
  // its run.json is a config, this option too
  const again = await otzyv('train', '--config', 'run/run.json', '--output', 'again', '--dry-run');
  expect(again.code).toBe(0);
});

test('evaluate tells of every column that is asked for, and refuses one that is not there', async () => {
  await withShops(LABELLED, 'held-out.csv');
  const args = ['evaluate', '--model', 'run', '--input', 'held-out.csv', '--slice-column', 'shop'];
  const { stdout } = await otzyv(...args);
  expect(stdout).toMatch(/shop +rows +accuracy +f1_weighted/);
  expect(stdout).toMatch(/лавка +\d+ +0\.\d{3} \[0\.\d{3}, \d\.\d{3}\]/);
  expect(stdout).toMatch(/characters +rows/);
  const { slices, metrics } = JSON.parse((await otzyv(...args, '--json')).stdout);
  expect(names(slices)).toEqual(['shop', 'characters', 'confidence']);
  expect(slices.whole.metrics.accuracy).toBe(metrics.accuracy);
  expect(await otzyv(...args, '--slice-column', 'brand')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no column "brand" (found: text, label, shop)'),
  });
});
