/** Two models' answers, row beside row: the same text with the same truth, wherever each of them has it. */
import { OtzyvError } from '@otzyv/core';
import type { LabelledPredictions } from '../training/predictions-file.ts';
import { checkLabels } from './ensemble-folder.ts';
import { reordered, rowsOf } from './probability-table.ts';

/** What both answered. */
export interface Paired {
  readonly labels: readonly string[];
  readonly labelIds: readonly number[];
  readonly texts: readonly string[];
  /** Probabilities [rows × classes]. */
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** By row, where both were dealt out to the same folds. */
  readonly folds?: readonly string[];
  /** Rows that only one of them has. */
  readonly unpaired: number;
}

/**
 * One may have more rows than the other, as a cross-validation beside a run; that each has some of its own means that they
 * were measured on different splits.
 * @param names for messages
 * @throws OtzyvError `options.compare` for different rows, `labels.differ` for a different truth
 */
export function pairRows(
  one: LabelledPredictions,
  other: LabelledPredictions,
  names: { readonly first: string; readonly second: string },
): Paired {
  const { first: a, second: b } = names;
  checkLabels([
    { asked: a, labels: one.labels },
    { asked: b, labels: other.labels },
  ]);
  const [first, second] = [firstRepeat(one), firstRepeat(other)];
  const pairs = pairsBy(withRow, first, second) ?? pairsBy(textOnly, first, second);
  if (pairs === undefined) throw differentRows(first, second, names);

  const { labels } = first;
  for (const [i, j] of pairs) {
    const [truth, otherTruth] = [
      labels[first.labelIds[i] as number],
      second.labels[second.labelIds[j] as number],
    ];
    if (truth !== otherTruth) {
      throw new OtzyvError(
        'labels.differ',
        `row ${first.rows[i]} is "${truth}" for ${a}, and "${otherTruth}" for ${b}: ${first.texts[i]?.slice(0, 60)}`,
        'The labels were changed between the two. Let both answer one labelled file: --input held-out.csv',
      );
    }
  }
  const [own, theirs] = [pairs.map(([i]) => i), pairs.map(([, j]) => j)];
  const folds = own.map((i) => first.columns['fold']?.[i]);
  const sameFolds = theirs.every(
    (j, k) => folds[k] !== undefined && second.columns['fold']?.[j] === folds[k],
  );
  return {
    labels,
    labelIds: own.map((i) => first.labelIds[i] as number),
    texts: own.map((i) => first.texts[i] as string),
    first: rowsOf(first.probabilities, own, labels.length),
    second: rowsOf(reordered(second.probabilities, second.labels, labels), theirs, labels.length),
    ...(sameFolds && { folds: folds as string[] }),
    unpaired: first.rows.length + second.rows.length - 2 * pairs.length,
  };
}

function firstRepeat(predictions: LabelledPredictions): LabelledPredictions {
  const repeats = predictions.columns['repeat'];
  if (repeats === undefined) return predictions;
  const kept = repeats.flatMap((repeat, i) => (repeat === repeats[0] ? [i] : []));
  const pick = <T>(items: readonly T[]) => kept.map((i) => items[i] as T);
  const { labels, rows, texts, labelIds, probabilities, columns } = predictions;
  return {
    labels,
    rows: pick(rows),
    texts: pick(texts),
    labelIds: pick(labelIds),
    probabilities: rowsOf(probabilities, kept, labels.length),
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, pick(values)])),
  };
}

type Key = (predictions: LabelledPredictions, index: number) => string;

const withRow: Key = ({ rows, texts }, i) => `${rows[i]} ${texts[i]}`;

/** The file may have been sorted anew, or other rows added to it. */
const textOnly: Key = ({ texts }, i) => texts[i] as string;

/** @returns undefined where neither has all rows of the other; equal keys are paired in their order */
function pairsBy(
  key: Key,
  first: LabelledPredictions,
  second: LabelledPredictions,
): [number, number][] | undefined {
  const places = new Map<string, number[]>();
  second.rows.forEach((_, j) => {
    const own = key(second, j);
    const found = places.get(own);
    if (found === undefined) places.set(own, [j]);
    else found.push(j);
  });
  const pairs = first.rows.flatMap((_, i): [number, number][] => {
    const j = places.get(key(first, i))?.shift();
    return j === undefined ? [] : [[i, j]];
  });
  return pairs.length > 0 && pairs.length === Math.min(first.rows.length, second.rows.length)
    ? pairs
    : undefined;
}

function differentRows(
  first: LabelledPredictions,
  second: LabelledPredictions,
  { first: a, second: b }: { readonly first: string; readonly second: string },
): OtzyvError {
  const known = new Set(first.texts);
  const common = second.texts.filter((text) => known.has(text)).length;
  return new OtzyvError(
    'options.compare',
    `${a} and ${b} were measured on different rows: ${first.rows.length} and ${second.rows.length}, of which ${common} have a text in common`,
    'Let both answer a labelled file that neither has learned from (--input held-out.csv), or train them with the same file, --seed and split.',
  );
}
