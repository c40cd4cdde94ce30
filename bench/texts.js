// Real reviews to measure on: those of ../shared where they are, else the ones that come with the repository, repeated.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cleanText } from '@otzyv/core';
import { readReviews } from '@otzyv/trainer';

const LARGE = fileURLToPath(new URL('../../shared/data/reviews-7k.csv', import.meta.url));
const BUNDLED = fileURLToPath(new URL('../test-fixtures/reviews/train.csv', import.meta.url));

/** Text and label of each, as people wrote them. */
export const REVIEWS_FILE = existsSync(LARGE) ? LARGE : BUNDLED;

/** @returns { source, texts, labels }, cleaned, none empty */
export async function reviews(count) {
  const all = [];
  for await (const { text, label } of readReviews(REVIEWS_FILE, {
    textColumn: 'text',
    labelColumn: 'label',
  })) {
    const cleaned = cleanText(text);
    if (cleaned !== '') all.push({ text: cleaned, label });
  }
  const chosen = Array.from({ length: count ?? all.length }, (_, i) => all[i % all.length]);
  return {
    source: existsSync(LARGE) ? 'reviews-7k.csv' : 'test-fixtures',
    texts: chosen.map(({ text }) => text),
    labels: chosen.map(({ label }) => label),
  };
}
