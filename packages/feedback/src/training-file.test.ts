/** From corrections to a file that `otzyv train` takes. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReviews } from '@otzyv/trainer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFeedbackStore } from './store.ts';
import { writeTrainingFile } from './training-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-corrections-'));
const at = (name: string) => join(folder, name);
const COLUMNS = { textColumn: 'text', labelColumn: 'label' };

const GIVEN: readonly [text: string, label: string][] = [
  ['Куртка тёплая', 'обувь'],
  ['Чайник, "не греет"\nсовсем', 'посуда'],
  ['  Куртка \n тёплая ', 'одежда'], // the same text: this one counts
  ['Кольцо потемнело', 'украшения'],
];

beforeAll(async () => {
  const store = await openFeedbackStore(at('feedback.db'));
  for (const [text, label] of GIVEN) await store.add({ text, label, model: 'm', client: 'c' });
  await store.close();
});
afterAll(() => rm(folder, { recursive: true }));

async function exported(options: { output: string; trainFile?: string; place?: string }) {
  const store = await openFeedbackStore(options.place ?? at('feedback.db'));
  try {
    return await writeTrainingFile(store, { ...COLUMNS, ...options });
  } finally {
    await store.close();
  }
}

test.each(['csv', 'tsv', 'jsonl'])(
  'as %s: each text once, with its latest label, and training reads it',
  async (format) => {
    const output = at(`corrections.${format}`);
    expect(await exported({ output })).toEqual({
      ...{
        corrections: 4,
        texts: 3,
        disputed: 1,
        rows: 3,
        relabelled: 0,
        confirmed: 0,
        added: 3,
        newLabels: [],
      },
    });
    const reviews: string[][] = [];
    for await (const { text, label } of readReviews(output, COLUMNS)) reviews.push([text, label]);
    expect(reviews).toEqual([
      ['  Куртка \n тёплая ', 'одежда'],
      ['Чайник, "не греет"\nсовсем', 'посуда'],
      ['Кольцо потемнело', 'украшения'],
    ]);
  },
);

test('beside a training file: its rows stay, corrected ones get their label, new texts follow', async () => {
  const trainFile = at('train.csv');
  writeFileSync(
    trainFile,
    [
      'id,text,label',
      '1,Куртка тёплая,обувь',
      '2,Норм,одежда',
      '3,Кольцо потемнело,украшения',
      '4,Куртка  тёплая,одежда',
      '',
    ].join('\n'),
  );
  expect(await exported({ output: at('merged.csv'), trainFile })).toEqual({
    ...{ corrections: 4, texts: 3, disputed: 1, rows: 5, relabelled: 1, confirmed: 2, added: 1 },
    newLabels: ['посуда'],
  });
  expect(readFileSync(at('merged.csv'), 'utf8')).toBe(
    `id,text,label
1,Куртка тёплая,одежда
2,Норм,одежда
3,Кольцо потемнело,украшения
4,Куртка  тёплая,одежда
,"Чайник, ""не греет""
совсем",посуда
`,
  );
});

test('nothing is written where nothing was corrected, nor over the training file, nor from a bad one', async () => {
  writeFileSync(at('bad.csv'), 'text,label\nа,б\nв,г,д\n');
  const refused = (options: Parameters<typeof exported>[0]) => exported(options).catch((error) => error.code);
  expect(await refused({ output: at('none.csv'), place: at('empty.db') })).toBe('data.no-corrections');
  expect(await refused({ output: at('bad.csv'), trainFile: at('bad.csv') })).toBe('options.same-file');
  expect(await refused({ output: at('none.csv'), trainFile: at('bad.csv') })).toBe('data.bad-row');
  expect(() => readFileSync(at('none.csv'))).toThrow();
});
