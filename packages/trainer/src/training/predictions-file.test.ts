import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readPredictions, writePredictions } from './predictions-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-predictions-'));
afterAll(() => rm(folder, { recursive: true }));
const path = join(folder, 'validation_pred.csv');

test('what is written is read back, each probability to its last bit', async () => {
  const row = fc.tuple(
    fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\r\0]/.test(text)),
    fc.nat(2),
    fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
    fc.constantFrom('носки', 'туфли, зимние'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (rows) => {
      const predictions = {
        labels: ['нет товара', 'обувь', 'одежда, бельё'],
        rows: rows.map((_, i) => i * 3 + 1),
        texts: rows.map(([text]) => text),
        labelIds: rows.map(([, id]) => id),
        probabilities: Float32Array.from(rows.flatMap(([, , scores]) => scores)),
        columns: { product: rows.map(([, , , product]) => product) },
      };
      await writePredictions(path, predictions);
      const read = await readPredictions(path);
      expect({ ...read, probabilities: [] }).toEqual({ ...predictions, probabilities: [] });
      expect([...read.probabilities].map((p) => p + 0)).toEqual(
        [...predictions.probabilities].map((p) => p + 0),
      );
    }),
    { numRuns: 30 },
  );
});

test('a table without scores, or with a damaged one, is refused with its place', async () => {
  writeFileSync(path, 'row,text,label,predicted_label,confidence\n1,a,x,x,0.9\n');
  await expect(readPredictions(path)).rejects.toMatchObject({ code: 'data.missing-column' });
  writeFileSync(path, 'row,text,label,predicted_label,confidence,score_x,score_y\n1,a,x,x,0.9,0.9,\n');
  await expect(readPredictions(path)).rejects.toMatchObject({
    code: 'data.bad-row',
    message: expect.stringContaining('line 2: "score_y"'),
  });
});
