/** The proof in small: of labels that were flipped, an audit finds far more than chance does. bench/label-errors.js is the large one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom, shuffled } from '@otzyv/core';
import { expect, test } from 'vitest';
import { readReviews } from '../data/read.ts';
import { openTableWriter } from '../data/write.ts';
import { auditFile } from './audit.ts';
import { crossValidate } from './cross-validation.ts';
import { resolveCrossValidation } from './cross-validation-options.ts';

const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));
const COLUMNS = { textColumn: 'text', labelColumn: 'label' };

test('of 5 % flipped labels the worst rows hold many times their share, and most are listed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'otzyv-flips-'));
  try {
    const reviews = [];
    for await (const review of readReviews(REVIEWS, COLUMNS)) reviews.push(review);
    const labels = [...new Set(reviews.map(({ label }) => label))];
    const random = createRandom(1, 'flips');
    const flipped = new Set(
      shuffled(
        reviews.map(({ row }) => row),
        random,
      ).slice(0, 38),
    );
    const trainFile = join(folder, 'flipped.csv');
    const writer = await openTableWriter(trainFile, ['text', 'label']);
    for (const { text, label, row } of reviews) {
      const others = labels.filter((one) => one !== label);
      const given = flipped.has(row) ? (others[random.integer(others.length)] as string) : label;
      await writer.write({ text, label: given });
    }
    await writer.close();
    const output = join(folder, 'cv');
    await crossValidate(resolveCrossValidation({ model: 'linear', folds: 3, trainFile, output }), {
      listen: () => undefined,
    });
    const { findings } = await auditFile({ trainFile, ...COLUMNS, predictions: output });

    const recall = (rows: readonly { row: number }[]) =>
      rows.filter(({ row }) => flipped.has(row)).length / 38;
    const share = findings.length / reviews.length;
    expect(recall(findings.slice(0, 38))).toBeGreaterThan(0.15); // by chance 0.05
    expect(recall(findings)).toBeGreaterThan(1.7 * share);
    expect(share).toBeLessThan(0.4);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
