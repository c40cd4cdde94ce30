import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../training/events.ts';
import { type PretrainingOptions, resolvePretrainingOptions } from './options.ts';
import { loadTexts } from './texts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-texts-'));
  await writeFile(at('raw.csv'), 'text\nКуртка тёплая\n"Чайник, не греет"\n \nКуртка тёплая\nСупер 👍\n');
  await writeFile(at('labelled.csv'), 'id,text,label\n1,Куртка тёплая,одежда\n2,Шапка колется,\n');
  await writeFile(at('more.jsonl'), '{"text": "Молоток крепкий", "stars": 5}\n{"stars": 1}\n');
  await writeFile(at('test.csv'), 'text,label\nчайник НЕ греет!!!,посуда\nКуртка теплая,одежда\n');
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

async function loaded(trainFiles: string[], more: Partial<PretrainingOptions> = {}) {
  const options = resolvePretrainingOptions({
    ...{ model: 'micro', output: 'out', trainFiles: trainFiles.map(at), ...more },
  });
  const events: RunEvent[] = [];
  const texts = await loadTexts(options, (event) => events.push(event));
  return { ...texts, all: [...texts.train, ...texts.validation].sort(), events };
}

test('texts of several tables, cleaned, each once; labels are not needed, and not read', async () => {
  const { all, events, fingerprints } = await loaded(['raw.csv', 'labelled.csv', 'more.jsonl']);
  expect(all).toEqual(['Куртка теплая', 'Молоток крепкий', 'Супер', 'Чайник, не греет', 'Шапка колется']);
  expect(events.filter(({ type }) => type === 'data.read')).toMatchObject([
    { file: at('raw.csv'), rows: 4, emptyTexts: 1, classes: [] },
    { file: at('labelled.csv'), rows: 2, emptyTexts: 0, classes: [] },
    { file: at('more.jsonl'), rows: 1, emptyTexts: 1, classes: [] },
  ]);
  expect(events).toContainEqual({ type: 'data.gathered', texts: 5, copies: 2, excluded: 0 });
  expect(Object.keys(fingerprints)).toEqual(['raw.csv', 'labelled.csv', 'more.jsonl'].map(at));
});

test('texts of the files to exclude are left out, also where case, ё and punctuation differ', async () => {
  const { all, events, fingerprints } = await loaded(['raw.csv', 'labelled.csv'], {
    excludeFiles: [at('test.csv')],
  });
  expect(all).toEqual(['Супер', 'Шапка колется']);
  expect(events).toContainEqual({ type: 'data.gathered', texts: 2, copies: 0, excluded: 4 });
  expect(fingerprints).toHaveProperty([at('test.csv')]);
});

test('a share is held out, the same each time, and another with another seed', async () => {
  const rows = Array.from({ length: 200 }, (_, i) => `отзыв номер ${i}`);
  await writeFile(at('many.csv'), ['text', ...rows, ''].join('\n'));
  const one = await loaded(['many.csv'], { validationFraction: 0.1 });
  expect([one.train.length, one.validation.length]).toEqual([180, 20]);
  expect(one.all).toEqual([...rows].sort());
  expect((await loaded(['many.csv'], { validationFraction: 0.1 })).validation).toEqual(one.validation);
  const other = await loaded(['many.csv'], { validationFraction: 0.1, seed: 43 });
  expect(other.validation).not.toEqual(one.validation);
  const least = await loaded(['many.csv'], { validationFraction: 0.001 });
  expect(least.validation).toHaveLength(1);
});

test('faults in the files are told of with what to do', async () => {
  await writeFile(at('one.csv'), 'text\nЗдорово\nЗдорово\n');
  await expect(loaded(['one.csv'])).rejects.toMatchObject({ code: 'data.too-few-texts' });
  await expect(loaded(['raw.csv'], { textColumn: 'отзыв' })).rejects.toMatchObject({
    code: 'data.missing-column',
    message: expect.stringContaining('found: text'),
    hint: expect.stringContaining('--text-column'),
  });
  await expect(loaded(['nowhere.csv'])).rejects.toMatchObject({ code: 'data.missing-file' });
  await expect(loaded(['raw.csv'], { excludeFiles: [at('nowhere.csv')] })).rejects.toMatchObject({
    code: 'data.missing-file',
  });
});
