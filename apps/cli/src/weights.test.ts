/** What rows count for in training, through the real binary. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { at, json, LABELLED, otzyv, rowsOf } from './testing/otzyv.ts';

const rows = rowsOf(LABELLED);
const quoted = (text = '') => `"${text.replaceAll('"', '""')}"`;

/** @param weightOf the row with that index */
async function weightedFile(name: string, weightOf: (index: number) => number | string): Promise<void> {
  const lines = rows.map(({ text, label }, i) => `${quoted(text)},${quoted(label)},${weightOf(i)}`);
  await writeFile(at(name), ['text,label,weight', ...lines, ''].join('\n'));
}

const trained = (file: string, output: string, ...more: string[]) =>
  otzyv('train', '--train', at(file), '--output', output, ...more);
const model = (run: string) => readFileSync(at(run, 'best/model.safetensors'));

test('--weight-column changes the model and not the split; equal weights change nothing', async () => {
  await weightedFile('equal.csv', () => 1);
  await weightedFile('uneven.csv', (i) => (i % 3 === 0 ? 0.1 : 2));
  const weighted = ['--weight_column', 'weight'];
  for (const [file, run, more] of [
    ['equal.csv', 'plain', []],
    ['equal.csv', 'equal', weighted],
    ['uneven.csv', 'uneven', weighted],
  ] as const) {
    expect(await trained(file, run, ...more)).toMatchObject({ code: 0 });
  }
  expect(model('equal').equals(model('plain'))).toBe(true);
  expect(model('uneven').equals(model('plain'))).toBe(false);
  const heldOut = (run: string) => rowsOf(at(run, 'validation_pred.csv')).map(({ row }) => row);
  expect(heldOut('uneven')).toEqual(heldOut('plain'));
  expect(json(at('uneven/run.json')).options.weightColumn).toBe('weight');
  const card = (run: string) => readFileSync(at(run, 'best/README.md'), 'utf8');
  expect(card('uneven')).toContain('| row weights | column "weight" |');
  expect(card('plain')).not.toContain('row weights');
});

test('a weight that is none is an error with its file, its row and its column', async () => {
  await weightedFile('broken.csv', (i) => (i === 4 ? 'сто' : 1));
  expect(await trained('broken.csv', 'broken', '--weight-column', 'weight')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/broken\.csv, line \d+: row 5 has "сто" in column "weight"/),
  });
  expect(await trained('broken.csv', 'broken', '--weight-column', 'вес')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no column "вес"'),
  });
});

test('a job that goes on with other weights is refused', async () => {
  await weightedFile('job.csv', (i) => 1 + (i % 2));
  const job = [
    'run',
    '--train',
    at('job.csv'),
    '--test',
    at('job.csv'),
    '--output',
    'job',
    '--model',
    'linear',
  ];
  expect(await otzyv(...job, '--weight-column', 'weight')).toMatchObject({ code: 0 });
  expect(await otzyv(...job, '--resume')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('weightColumn "weight"'),
  });
});
