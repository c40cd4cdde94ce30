/** Which rows an audit finds, from predictions that are known. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditFile, type Finding } from './audit.ts';
import { writePredictions } from './predictions-file.ts';

const LABELS = ['обувь', 'одежда', 'посуда'];
const COPIED = 'Кастрюля пришла с вмятиной на дне, крышка не закрывается';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-audit-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Row {
  text: string;
  label: string;
  /** by class id; several with repeats; none: not predicted */
  scores: number[][];
}

const row = (text: string, label: string, scores: number[]): Row => ({ text, label, scores: [scores] });

/** Answered with this probability of a class, and the rest shared out. */
const answered = (id: number, own: number) => LABELS.map((_, other) => (other === id ? own : (1 - own) / 2));

const sure = (id: number) => answered(id, 0.98);
/** Twelve rows of each class that are answered as they are labelled, with more and less certainty. */
const RIGHT = LABELS.flatMap((label, id) =>
  Array.from({ length: 12 }, (_, n) =>
    row(`${label}: отзыв номер ${n}`, label, answered(id, 0.36 + 0.02 * n)),
  ),
);

async function audited(rows: readonly Row[], validation: readonly [string, string][] = []) {
  const csv = (lines: readonly (readonly string[])[]) =>
    `text,label\n${lines.map((line) => `"${line[0]}",${line[1]}\n`).join('')}`;
  const [trainFile, validationFile, predictions] = ['train', 'validation', 'oof_pred'].map((name) =>
    join(folder, `${name}.csv`),
  ) as [string, string, string];
  await writeFile(trainFile, csv(rows.map(({ text, label }) => [text, label])));
  await writeFile(validationFile, csv(validation));
  const places = rows.flatMap((one, index) => one.scores.map((scores) => ({ ...one, index, scores })));
  await writePredictions(predictions, {
    labels: LABELS,
    rows: places.map(({ index }) => index + 1),
    texts: places.map(({ text }) => text),
    labelIds: places.map(({ label }) => LABELS.indexOf(label)),
    probabilities: Float32Array.from(places.flatMap(({ scores }) => scores)),
    columns: {},
  });
  const options = { trainFile, textColumn: 'text', labelColumn: 'label', predictions: folder };
  return auditFile({ ...options, ...(validation.length > 0 && { validationFile }) });
}

test('what is labelled and answered alike is not worth a look', async () => {
  const audit = await audited(RIGHT);
  expect(audit).toMatchObject({ rows: 36, predictedRows: 36, agreement: 1, findings: [] });
});

test('doubtful labels come worst first, with what they rather are; the sure ones are excluded', async () => {
  const audit = await audited([
    ...RIGHT,
    row('Чайник течёт по шву', 'обувь', [0.2, 0.01, 0.79]),
    row('Платье полнит', 'обувь', [0.01, 0.98, 0.01]),
    row('Непонятно что', 'обувь', [0.015, 0.495, 0.49]),
  ]);
  expect(audit.findings.map(({ row, suggestedLabel, decision }) => [row, suggestedLabel, decision])).toEqual([
    [38, 'одежда', 'exclude'],
    [39, 'одежда', ''], // no other label is more probable than all the rest
    [37, 'посуда', ''],
  ]);
  expect(audit.kinds.label).toEqual({ rows: 3, excluded: 1 });
  expect(audit.classes.find(({ label }) => label === 'обувь')).toEqual({
    ...{ label: 'обувь', rows: 15, doubtful: 3 },
    suggested: [
      { label: 'одежда', rows: 2 },
      { label: 'посуда', rows: 1 },
    ],
  });
});

test('of a small class that the model has not understood, at most half is excluded, and not all is doubtful', async () => {
  const rare = Array.from({ length: 6 }, (_, n) =>
    row(`Сланцы ${n}`, 'обувь', [0.001 * (n + 1), 0.99, 0.001]),
  );
  const { findings } = await audited([...RIGHT.filter(({ label }) => label !== 'обувь'), ...rare]);
  expect(findings.filter(({ decision }) => decision === 'exclude')).toHaveLength(3);
  expect(findings.length).toBeLessThan(6);
});

test('one text under several labels is a conflict; the majority is suggested', async () => {
  const { findings, kinds } = await audited([
    ...RIGHT,
    row(COPIED, 'посуда', sure(2)),
    row(`${COPIED}!`, 'посуда', sure(2)),
    row(COPIED.toUpperCase(), 'одежда', [0.1, 0.5, 0.4]),
  ]);
  expect(kinds.conflict).toEqual({ rows: 3, excluded: 0 });
  expect(findings[0]).toMatchObject({
    kinds: ['conflict'],
    row: 39,
    label: 'одежда',
    suggestedLabel: 'посуда',
  });
  expect(findings[0]?.otherRows).toEqual([
    { row: 37, label: 'посуда' },
    { row: 38, label: 'посуда' },
  ]);
  expect(findings.slice(1).every((found) => found.suggestedLabel === undefined)).toBe(true);
});

test('a text that stands in the validation file is excluded, unless everybody writes it', async () => {
  const { findings, kinds } = await audited(
    [...RIGHT, row(COPIED, 'посуда', sure(2)), row('Всё хорошо', 'одежда', sure(1))],
    [
      ['иное', 'обувь'],
      ['всё хорошо!', 'обувь'],
      [`${COPIED}...`, 'посуда'],
    ],
  );
  const leaks = findings.map(
    ({ row, validationRows, decision }): Partial<Finding> => ({ row, validationRows, decision }),
  );
  expect(leaks).toEqual([
    { row: 37, validationRows: [{ row: 3, label: 'посуда' }], decision: 'exclude' },
    { row: 38, validationRows: [{ row: 2, label: 'обувь' }], decision: '' },
  ]);
  expect(kinds.leak).toEqual({ rows: 2, excluded: 1 });
});

test('repeated predictions of a row are averaged; rows without any keep their labels', async () => {
  const { findings, predictedRows } = await audited([
    ...RIGHT,
    { text: 'Платье полнит', label: 'обувь', scores: [sure(1), [0.03, 0.96, 0.01]] },
    { text: 'Без ответа', label: 'обувь', scores: [] },
  ]);
  expect(predictedRows).toBe(37);
  expect(findings).toHaveLength(1);
  expect(findings[0]?.quality).toBeCloseTo(0.02, 6);
});

test('predictions of another file are refused, and so is a label that they do not know', async () => {
  const trainFile = join(folder, 'other.csv');
  const options = { trainFile, textColumn: 'text', labelColumn: 'label', predictions: folder };
  await audited(RIGHT);
  await writeFile(trainFile, 'text,label\nсовсем другой текст,обувь\n');
  await expect(auditFile(options)).rejects.toMatchObject({
    code: 'data.other-file',
    message: expect.stringContaining('row 1 of'),
  });
  await writeFile(trainFile, 'text,label\nобувь: отзыв номер 0,обувь\n');
  await expect(auditFile(options)).rejects.toMatchObject({ code: 'data.other-file' });
  const lines = RIGHT.map(({ text, label }, i) => `${text},${i === 4 ? 'обовь' : label}\n`);
  await writeFile(trainFile, `text,label\n${lines.join('')}`);
  await expect(auditFile(options)).rejects.toMatchObject({ code: 'labels.unknown' });
});
