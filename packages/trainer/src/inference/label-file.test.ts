/** A file that is labelled in steps equals one that is labelled at once. */
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { TableFormat } from '../data/format.ts';
import type { Classifier } from './classifier.ts';
import { type LabellingProgress, labelFile } from './label-file.ts';
import { predictFile } from './predict-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-label-'));
afterAll(() => rm(folder, { recursive: true }));

/** Answers by the length of a text. */
const classifier: Classifier = {
  ...{ kind: 'linear', labels: ['короткий', 'длинный'], maxLength: undefined, card: undefined },
  predict: async (texts) => ({
    probabilities: Float32Array.from(
      texts.flatMap((text) => [1 / (1 + text.length), 1 - 1 / (1 + text.length)]),
    ),
    truncated: texts.map((text) => text.length > 12),
    empty: texts.map((text) => text === ''),
  }),
  dispose: async () => undefined,
};

const csvRow = (i: number) => (i % 700 === 3 ? `${i}` : `${i},"${'я'.repeat(i % 15)} ""${i}"""`);
const jsonRow = (i: number) => (i % 700 === 3 ? '{' : JSON.stringify({ id: i, text: 'я'.repeat(i % 15) }));
const FILES: Record<Exclude<TableFormat, 'tsv'>, string> = {
  csv: ['id,text', ...Array.from({ length: 5000 }, (_, i) => csvRow(i)), ''].join('\n'),
  jsonl: Array.from({ length: 5000 }, (_, i) => `${jsonRow(i)}\n`).join(''),
};

test.each(['csv', 'jsonl'] as const)(
  '%s: stopped after any block, and with half a block on the disk',
  async (format) => {
    const [input, output, whole] = ['input', 'output', 'whole'].map((name) =>
      join(folder, `${name}.${format}`),
    ) as [string, string, string];
    writeFileSync(input, FILES[format]);
    const options = { input, textColumn: 'text', skipBadRows: true, allScores: true, minConfidence: 0.8 };
    const { rows, counts, badRows, ...summary } = await predictFile(classifier, {
      ...options,
      output: whole,
    });
    expect(badRows).toBe(8);

    let progress: LabellingProgress | undefined;
    for (let steps = 0; ; steps++) {
      const stop = new AbortController();
      const labelling = labelFile(classifier, {
        ...{ ...options, format, output, from: progress, signal: stop.signal },
        onBlock: async (reached) => {
          progress = reached;
          stop.abort();
        },
      });
      if (steps === 5) {
        expect((await labelling).tally).toMatchObject({
          rows,
          counts,
          uncertainTexts: summary.uncertainTexts,
        });
        break;
      }
      await expect(labelling).rejects.toThrow('aborted');
      appendFileSync(output, 'what a killed process has written beyond');
    }
    expect(readFileSync(output, 'utf8')).toBe(readFileSync(whole, 'utf8'));
  },
);
