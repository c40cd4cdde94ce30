import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectFile } from './inspect-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-inspect-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const COLUMNS = { textColumn: 'text', labelColumn: 'label' };
const manyRows = (rows: number) =>
  `text,label\n${Array.from({ length: rows }, (_, i) => `Чайник номер ${i},посуда\n`).join('')}`;

test('texts of a second file are found in the first, by the numbers of their rows', async () => {
  const bad: string[] = [];
  const { profile, leakage, columns, badRows } = await inspectFile({
    ...COLUMNS,
    file: await file('train.csv', 'text,label\nШуба,одежда\nсломанная строка\nЧайник,посуда\n'),
    against: await file('test.csv', 'text\nПлед\nЧАЙНИК!\n'),
    skipBadRows: true,
    onBadRow: (message) => bad.push(message),
  });
  expect(columns).toEqual(['text', 'label']);
  expect(profile).toMatchObject({ rows: 2, distinctTexts: 2 });
  expect(leakage).toMatchObject({ rows: 2, exact: 1, near: 0, isComplete: true });
  expect(leakage?.examples).toEqual([{ row: 2, otherRow: 3, text: 'ЧАЙНИК!' }]);
  expect(badRows).toBe(1);
  expect(bad).toEqual([expect.stringContaining('line 3: row 2 has 1 field')]);
});

test('a file without the column of labels is looked at all the same', async () => {
  const path = await file('a.csv', 'text,category\nШуба,одежда\n');
  const { profile, columns } = await inspectFile({ ...COLUMNS, file: path });
  expect(columns).toEqual(['text', 'category']);
  expect(profile).toMatchObject({ rows: 1, classes: [], missingLabels: { count: 0 } });
});

test('a line of JSONL without the label that others have lacks it', async () => {
  const path = await file(
    'a.jsonl',
    '{"text": "Шуба", "label": "одежда"}\n{"text": "Плед"}\n{"label": "посуда"}\n',
  );
  const { profile } = await inspectFile({ ...COLUMNS, file: path });
  expect(profile).toMatchObject({
    missingLabels: { count: 1, rows: [2] },
    emptyTexts: { count: 1, rows: [3] },
  });
});

test('progress goes up to the whole of each file', async () => {
  const [train, against] = [await file('train.csv', manyRows(9000)), await file('test.csv', manyRows(3000))];
  const told: [rows: number, share: number, file: string][] = [];
  await inspectFile({ ...COLUMNS, file: train, against, onProgress: (...one) => told.push(one) });
  for (const [path, rows] of [
    [train, 9000],
    [against, 3000],
  ] as const) {
    const own = told.filter(([, , which]) => which === path);
    expect(own[0]).toEqual([0, 0, path]);
    expect(own.at(-1)).toEqual([rows, 1, path]);
    expect(own.length).toBeGreaterThan(2);
    expect(own).toEqual(own.toSorted(([, a], [, b]) => a - b));
  }
});

test('a signal stops the reading with its reason', async () => {
  const path = await file('train.csv', manyRows(9000));
  const controller = new AbortController();
  const reason = new Error('enough');
  let last = 0;
  const onProgress = (rows: number) => {
    last = rows;
    if (rows > 0) controller.abort(reason);
  };
  await expect(inspectFile({ ...COLUMNS, file: path, onProgress, signal: controller.signal })).rejects.toBe(
    reason,
  );
  expect(last).toBeLessThan(9000);
});
