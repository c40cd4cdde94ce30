import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normalizedForComparison } from '@otzyv/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabelledTexts } from '../training/labelled-texts.ts';
import type { PseudoLabelEvent } from './events.ts';
import { readUnlabelled } from './unlabelled.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-unlabelled-'));
});
afterAll(() => rm(folder, { recursive: true }));

const rowsWith = (originals: readonly string[], columns: LabelledTexts['columns'] = {}): LabelledTexts => ({
  ...{ originals, texts: originals, columns },
  labelIds: originals.map(() => 0),
  rows: originals.map((_, i) => i + 1),
});

async function read(
  lines: readonly Record<string, string>[],
  known: { everything: LabelledTexts; validation: LabelledTexts },
  groupColumn?: string,
) {
  const input = join(folder, 'raw.jsonl');
  await writeFile(input, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const heard: PseudoLabelEvent[] = [];
  const columns = { textColumn: 'text', ...(groupColumn !== undefined && { groupColumn }) };
  const context = { listen: (event: PseudoLabelEvent) => heard.push(event) };
  return { texts: await readUnlabelled({ input, skipBadRows: false }, columns, known, context), heard };
}

test('no text of the training or the validation rows is among them, however it is written, and none stands twice', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'абвЁё !.1'), maxLength: 5 });
  const texts = fc.array(text, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(texts, texts, texts, async (train, held, raw) => {
      const known = { everything: rowsWith(train), validation: rowsWith(held) };
      // one that nobody knows is always there
      const lines = [...raw, ...held.map((one) => `${one.toUpperCase()}!`), 'неизвестное'];
      const { texts, heard } = await read(
        lines.map((line) => ({ text: line })),
        known,
      );
      const keys = texts.map(({ text }) => normalizedForComparison(text));
      const forbidden = new Set([...train, ...held, ''].map(normalizedForComparison));
      expect(keys.filter((key) => forbidden.has(key))).toEqual([]);
      expect(new Set(keys).size).toBe(keys.length);
      const told = heard.find(({ type }) => type === 'unlabelled.read');
      expect(told).toMatchObject({ texts: texts.length, badRows: 0 });
      const { known: left, copies, empty } = told as Extract<PseudoLabelEvent, { type: 'unlabelled.read' }>;
      expect(texts.length + left + copies + empty).toBe(lines.length);
    }),
    { numRuns: 60 },
  );
});

test('texts of a group that is held out do not join', async () => {
  const validation = rowsWith(['чашка с трещиной'], { product: ['12'] });
  const lines = [
    { text: 'эта чашка течёт', product: ' 12 ' },
    { text: 'куртка тёплая', product: '13' },
  ];
  const { texts } = await read(lines, { everything: rowsWith(['сапоги']), validation }, 'product');
  expect(texts).toEqual([{ text: 'куртка тёплая', group: '13' }]);
});

test('where nothing is left, that is an error', async () => {
  const known = { everything: rowsWith(['сапоги']), validation: rowsWith([]) };
  await expect(read([{ text: 'Сапоги!' }, { text: '…' }], known)).rejects.toMatchObject({
    code: 'data.too-few-texts',
  });
});
