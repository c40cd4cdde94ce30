/** RowDecisions: through a spreadsheet and back, and what training makes of them. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from './audit.ts';
import { readRowDecisions, writeAudit } from './audit-file.ts';
import { loadDataset } from './dataset.ts';
import type { RunEvent } from './events.ts';
import { resolveRunOptions } from './options.ts';

const TEXTS = ['Куртка\nтёплая', '=СУММА', '- минус', 'Чайник; течёт', '+1', 'Сапоги жмут'].concat(
  Array.from({ length: 34 }, (_, n) => `отзыв номер ${n}`),
);
const LABELS = TEXTS.map((_, i) => (i % 2 === 0 ? 'одежда' : 'посуда'));

let folder: string;
let trainFile: string;
let audit: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-decisions-'));
  [trainFile, audit] = [join(folder, 'train.csv'), join(folder, 'audit.csv')];
  await writeFile(trainFile, `text,label\n${TEXTS.map((text, i) => `"${text}",${LABELS[i]}\n`).join('')}`);
});
afterAll(() => rm(folder, { recursive: true }));

const finding = (row: number, decision: Finding['decision'] = ''): Finding => ({
  ...{ kinds: ['label'], row, text: TEXTS[row - 1] as string, label: LABELS[row - 1] as string },
  ...{ suggestedLabel: 'посуда', quality: 0.0123, otherRows: [], validationRows: [], decision },
});
const decide = (lines: readonly (readonly [number, string])[]) =>
  writeFile(
    audit,
    `row,decision,text\n${lines.map(([row, word]) => `${row},${word},"${TEXTS[row - 1]}"\n`).join('')}`,
  );

async function load(more: object = {}) {
  const events: RunEvent[] = [];
  const options = resolveRunOptions({ model: 'linear', trainFile, output: join(folder, 'run'), ...more });
  const dataset = await loadDataset(options, (event) => events.push(event));
  return { dataset, told: events.find((event) => event.type === 'data.audited') };
}

describe('the file', () => {
  test('opens in a spreadsheet as text, and comes back from it as it was', async () => {
    await writeAudit(
      audit,
      [1, 2, 3, 4, 5].map((row) => finding(row, row === 2 ? 'exclude' : '')),
    );
    const written = readFileSync(audit, 'utf8');
    expect(written).toMatch(/^\uFEFFdecision,kind,row,label,suggested_label,quality,/);
    expect(written).toContain("exclude,label,2,посуда,посуда,0.0123,,,'=СУММА\n");
    const excel = written.replace('"Куртка\nтёплая"', '"Куртка\r\nтёплая"').replaceAll(',', ';');
    await writeFile(
      audit,
      excel.replace('Чайник; течёт', '"Чайник; течёт"').replace('""Чайник; течёт""', '"Чайник; течёт"'),
    );
    expect((await load({ exclude: audit })).told).toMatchObject({ relabelled: 0 });
  });

  test('knows its decisions in any case; what is none of the words is a label', async () => {
    await decide([
      [1, ' Exclude '],
      [2, 'KEEP'],
      [3, ''],
      [4, 'одежда'],
    ]);
    const { byRow } = await readRowDecisions(audit);
    expect([...byRow.values()].map(({ decision }) => decision)).toEqual([
      { kind: 'exclude' },
      { kind: 'keep' },
      { kind: 'keep' },
      { kind: 'relabel', label: 'одежда' },
    ]);
  });

  test.each([
    ['row,text\n1,а\n', 'data.missing-column', /no column "decision"/],
    ['row,decision,text\nдва,,а\n', 'data.bad-row', /line 2: "два" is no number/],
    ['row,decision,text\n1,keep,а\n1,exclude,а\n', 'data.bad-row', /line 3: row 1 is there twice/],
  ])('%j is refused', async (content, code, message) => {
    await writeFile(audit, content);
    await expect(readRowDecisions(audit)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('training', () => {
  test('leaves excluded rows out, and gives rows their new labels; what is held out stays the same', async () => {
    const { dataset: before } = await load();
    const [one, other] = before.train.rows as [number, number];
    const [held, corrected] = before.validation.rows as [number, number];
    const otherLabel = (row: number) => (LABELS[row - 1] === 'одежда' ? 'посуда' : 'одежда');
    await decide([
      [one, 'exclude'],
      [other, otherLabel(other)],
      [held, 'exclude'],
      [corrected, otherLabel(corrected)],
    ]);
    const { dataset, told } = await load({ exclude: audit });
    expect(told).toEqual({
      ...{ type: 'data.audited', file: audit, excluded: 1, stillMeasured: 1, relabelled: 2 },
    });
    expect(dataset.train.rows).toEqual(before.train.rows.slice(1));
    expect(dataset.validation.rows).toEqual(before.validation.rows);
    const labelOf = ({ rows, labelIds }: typeof dataset.train, row: number) =>
      dataset.labels[labelIds[rows.indexOf(row)] as number];
    expect(labelOf(dataset.train, other)).toBe(otherLabel(other));
    expect(labelOf(dataset.validation, corrected)).toBe(otherLabel(corrected));
    expect(labelOf(dataset.validation, held)).toBe(LABELS[held - 1]);
    expect(dataset.everything.rows).toEqual(
      TEXTS.map((_, i) => i + 1).filter((row) => row !== one && row !== held),
    );
    expect(Object.keys(dataset.fingerprints)).toEqual([trainFile, audit]);
  });

  test('with a validation file of its own, all excluded rows are left out', async () => {
    await decide([
      [1, 'exclude'],
      [2, 'exclude'],
    ]);
    const { dataset, told } = await load({ exclude: audit, validationFile: trainFile });
    expect(dataset.train.rows).toEqual(TEXTS.map((_, i) => i + 1).slice(2));
    expect(dataset.validation.rows).toHaveLength(TEXTS.length);
    expect(dataset.everything.rows).toHaveLength(2 * TEXTS.length - 2);
    expect(told).toMatchObject({ excluded: 2, stillMeasured: 0 });
  });

  test('refuses the audit of another file, an unknown label, and the end of a class', async () => {
    await writeFile(audit, 'row,decision,text\n3,keep,Совсем другой отзыв\n');
    await expect(load({ exclude: audit })).rejects.toMatchObject({
      code: 'data.other-file',
      message: expect.stringContaining('speaks of row 3'),
    });
    await writeFile(audit, 'row,decision,text\n999,keep,Отзыв\n');
    await expect(load({ exclude: audit })).rejects.toMatchObject({ code: 'data.other-file' });
    await decide([[1, 'адежда']]);
    await expect(load({ exclude: audit })).rejects.toMatchObject({
      code: 'labels.unknown',
      message: expect.stringContaining('audit.csv: row 1: unknown label "адежда"'),
    });
    const clothes = LABELS.flatMap((label, i): [number, string][] =>
      label === 'одежда' ? [[i + 1, 'exclude']] : [],
    );
    await decide(clothes);
    await expect(load({ exclude: audit })).rejects.toMatchObject({ code: 'labels.empty-class' });
  });
});
