/** Rows that nobody wrote: what they are trained with, and when they are not. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDataset } from './dataset.ts';
import { resolveRunOptions } from './options.ts';

const REVIEWS = Array.from({ length: 20 }, (_, i) => ({
  text: `отзыв номер ${i}`,
  label: i % 2 === 0 ? 'одежда' : 'посуда',
}));
/** of each review one, in its order */
const MADE = REVIEWS.map(({ text, label }, i) => ({ text: `отзв нмер ${i}`, label, origin: text }));

let folder: string;
let trainFile: string;
let audit: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-synthetic-'));
  [trainFile, audit] = [join(folder, 'train.csv'), join(folder, 'audit.csv')];
  const rows = [
    ...REVIEWS.map(({ text, label }) => `${text},${label},,`),
    `${REVIEWS[4]?.text},одежда,,`, // row 21, a copy of row 5
    ...MADE.map(({ text, label, origin }) => `${text},${label},typos,${origin}`),
  ];
  await writeFile(trainFile, ['text,label,synthetic,synthetic_of', ...rows, ''].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

async function trainedOn(more: object = {}) {
  const options = resolveRunOptions({ model: 'linear', trainFile, output: join(folder, 'run'), ...more });
  const { train, validation, everything, labels } = await loadDataset(options, () => undefined);
  const labelOf = (text: string, { originals, labelIds } = train) => {
    const at = originals.indexOf(text);
    return at < 0 ? undefined : labels[labelIds[at] as number];
  };
  return { train, validation, everything, labelOf };
}

test('of what is held out, nothing that was made is trained on; of all else, everything', async () => {
  const { train, validation } = await trainedOn();
  const heldOut = new Set(validation.originals);
  const expected = MADE.filter(({ origin }) => !heldOut.has(origin)).map(({ text }) => text);
  expect(heldOut.size).toBeGreaterThan(0);
  expect(train.originals.filter((text) => text.startsWith('отзв'))).toEqual(expected);
  expect([...heldOut].some((text) => text.startsWith('отзв'))).toBe(false);
});

test('what an audit decided about a review holds for what was made of it, and a copy of a review is not the review', async () => {
  const decisions = ['1,exclude,отзыв номер 0', '3,посуда,отзыв номер 2', '21,exclude,отзыв номер 4'];
  await writeFile(audit, ['row,decision,text', ...decisions, ''].join('\n'));
  const { everything, labelOf } = await trainedOn({ exclude: audit });
  expect(labelOf('отзв нмер 0', everything)).toBeUndefined();
  expect(labelOf('отзв нмер 2', everything)).toBe('посуда');
  expect(labelOf('отзв нмер 4', everything)).toBe('одежда');
  expect(labelOf('отзв нмер 6', everything)).toBe('одежда');
});

test('what was decided about a made row itself comes before what was decided about its origin', async () => {
  const decisions = ['1,exclude,отзыв номер 0', '22,посуда,отзв нмер 0', '24,exclude,отзв нмер 2'];
  await writeFile(audit, ['row,decision,text', ...decisions, ''].join('\n'));
  const { everything, labelOf } = await trainedOn({ exclude: audit });
  expect(labelOf('отзв нмер 0', everything)).toBe('посуда');
  expect(labelOf('отзв нмер 2', everything)).toBeUndefined();
  expect(labelOf('отзыв номер 2', everything)).toBe('одежда');
});
