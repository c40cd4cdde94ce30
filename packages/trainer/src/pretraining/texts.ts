/**
 * Texts without labels, from tables: read, cleaned, each once, and a share of them held out. What a later test is made of
 * is kept out: a model that has read the test's texts is measured on them too kindly.
 */
import { cleaner, createRandom, normalizedForComparison, OtzyvError, shuffled } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { requireColumn } from '../data/read.ts';
import { openTable } from '../data/table.ts';
import type { Listener } from '../training/events.ts';
import type { DataFingerprints } from '../training/going-on.ts';
import type { PretrainingOptions } from './options.ts';

export interface UnlabelledTexts {
  /** Cleaned. */
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly fingerprints: DataFingerprints;
}

type TextOptions = Pick<
  PretrainingOptions,
  'trainFiles' | 'excludeFiles' | 'textColumn' | 'cleaning' | 'skipBadRows' | 'validationFraction' | 'seed'
>;

/** @throws OtzyvError `data.*`; the signal's reason when aborted */
export async function loadTexts(
  options: TextOptions,
  listen: Listener,
  signal?: AbortSignal,
): Promise<UnlabelledTexts> {
  const { trainFiles, excludeFiles = [], validationFraction, seed } = options;
  const excluded = new Set<string>();
  for (const file of excludeFiles)
    for (const text of await textsOf(file, options, listen, signal)) excluded.add(identityOf(text));

  const texts = new Set<string>();
  const counts = { copies: 0, excluded: 0 };
  for (const file of trainFiles) {
    for (const text of await textsOf(file, options, listen, signal)) {
      if (texts.has(text)) counts.copies++;
      else if (excluded.has(identityOf(text))) counts.excluded++;
      else texts.add(text);
    }
  }
  listen({ type: 'data.gathered', texts: texts.size, ...counts });
  if (texts.size < 2) {
    throw new OtzyvError(
      'data.too-few-texts',
      `${trainFiles.join(', ')}: ${texts.size === 0 ? 'no text is' : 'one text is'} left to learn from`,
      'Give more files with --train, or leave out --exclude-file.',
    );
  }
  const sides = split([...texts], validationFraction, seed);
  listen({
    ...{ type: 'data.split', train: sides.train.length, validation: sides.validation.length },
    warnings: [],
  });
  const fingerprints: DataFingerprints = {};
  for (const file of [...trainFiles, ...excludeFiles]) fingerprints[file] = await fingerprintFile(file);
  return { ...sides, fingerprints };
}

/** What is the same in two spellings of a text: case, ё and punctuation do not count, unless there is nothing else. */
function identityOf(text: string): string {
  return normalizedForComparison(text) || text;
}

/** @returns the texts that are not empty, cleaned */
async function textsOf(
  file: string,
  { textColumn, cleaning, skipBadRows }: TextOptions,
  listen: Listener,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const clean = cleaner(cleaning);
  let [emptyTexts, badRows] = [0, 0];
  const { columns, rows } = await openTable(file, {
    skipBadRows,
    textColumn,
    onBadRow: ({ message }) => {
      badRows++;
      if (badRows <= 5) listen({ type: 'warning', message: `skipped: ${message}` });
    },
  });
  requireColumn(columns, textColumn, file, '--text-column', 'texts');
  const texts: string[] = [];
  for await (const { values } of rows) {
    signal?.throwIfAborted();
    const text = clean(values[textColumn] ?? '');
    if (text === '') emptyTexts++;
    else texts.push(text);
  }
  listen({ type: 'data.read', file, rows: texts.length, emptyTexts, badRows, classes: [] });
  return texts;
}

/** At least one text on each side; both in the order of the files. */
function split(texts: readonly string[], validationFraction: number, seed: number) {
  const wanted = Math.round(texts.length * validationFraction);
  const size = Math.min(texts.length - 1, Math.max(1, wanted));
  const places = texts.map((_, place) => place);
  const heldOut = new Set(shuffled(places, createRandom(seed, 'texts held out')).slice(0, size));
  return {
    train: texts.filter((_, place) => !heldOut.has(place)),
    validation: texts.filter((_, place) => heldOut.has(place)),
  };
}
