/**
 * Which texts there are, how often, and under which labels, without keeping any of them: a text is its 64-bit hash
 * (see hash.ts for how rarely two are taken for one): 30 to 35 bytes a text, and 12 for each of its first repetitions.
 */
import { hashText } from './hash.ts';
import { createHashIndex, withRoom } from './hash-index.ts';

/** No label; others count from 1. */
export const UNLABELLED = 0;

/** Rows, and labels, of a text that are remembered one by one. */
const ROWS_KEPT = 5;
const LABELS_KEPT = 100;

export interface DistinctTexts {
  size(): number;
  /** @param row from 1 @param label from 1, or UNLABELLED @returns the text's number, in the order of first rows */
  add(text: string, row: number, label: number): number;
  /** @returns the first row of a text, or nothing */
  firstRow(text: string): number | undefined;
  count(number: number): number;
  /** Whether its rows have different labels. */
  hasConflict(number: number): boolean;
  /** Texts that stand more than once, the rows this is too many, and texts with different labels. */
  totals(): { repeated: number; surplusRows: number; conflicting: number };
  /** The first five rows, and the labels: of very many, the first hundred. */
  occurrences(number: number): { rows: number[]; labels: number[] };
}

export function createDistinctTexts(): DistinctTexts {
  const hash = new Uint32Array(2);
  const index = createHashIndex();
  let [counts, rows, labels, more] = [column(), column(), column(), column()];
  // Further rows, as lists: the first few, and later ones with a label that is new to the text. 0 ends a list.
  let [nextOf, furtherRows, furtherLabels] = [column(), column(), column()];
  let further = 0;

  const remember = (row: number, label: number): number => {
    further++;
    nextOf = withRoom(nextOf, further);
    furtherRows = withRoom(furtherRows, further);
    furtherLabels = withRoom(furtherLabels, further);
    furtherRows[further] = row;
    furtherLabels[further] = label;
    return further;
  };

  const repeat = (number: number, row: number, label: number) => {
    const count = (counts[number] as number) + 1;
    counts[number] = count;
    let isNew = label !== UNLABELLED && labels[number] !== label;
    let last = 0;
    let length = 1;
    for (let at = more[number] as number; at !== 0; at = nextOf[at] as number) {
      if (furtherLabels[at] === label) isNew = false;
      last = at;
      length++;
      if (!isNew && count > ROWS_KEPT) return;
    }
    if (count > ROWS_KEPT && (!isNew || length >= ROWS_KEPT + LABELS_KEPT)) return;
    const added = remember(row, label);
    if (last === 0) more[number] = added;
    else nextOf[last] = added;
  };

  const hasConflict = (number: number): boolean => {
    let first = labels[number] as number;
    for (let at = more[number] as number; at !== 0; at = nextOf[at] as number) {
      const label = furtherLabels[at] as number;
      if (label === UNLABELLED || label === first) continue;
      if (first !== UNLABELLED) return true;
      first = label;
    }
    return false;
  };

  return {
    size: index.size,
    add: (text, row, label) => {
      hashText(hash, text);
      const before = index.size();
      const number = index.add(hash);
      if (number < before) {
        repeat(number, row, label);
        return number;
      }
      counts = withRoom(counts, number);
      rows = withRoom(rows, number);
      labels = withRoom(labels, number);
      more = withRoom(more, number);
      counts[number] = 1;
      rows[number] = row;
      labels[number] = label;
      return number;
    },
    firstRow: (text) => {
      hashText(hash, text);
      return rows[index.find(hash)];
    },
    count: (number) => counts[number] as number,
    hasConflict,
    totals: () => {
      const totals = { repeated: 0, surplusRows: 0, conflicting: 0 };
      for (let number = 0; number < index.size(); number++) {
        const count = counts[number] as number;
        if (count === 1) continue;
        totals.repeated++;
        totals.surplusRows += count - 1;
        if (hasConflict(number)) totals.conflicting++;
      }
      return totals;
    },
    occurrences: (number) => {
      const found = { rows: [rows[number] as number], labels: new Set([labels[number] as number]) };
      for (let at = more[number] as number; at !== 0; at = nextOf[at] as number) {
        found.rows.push(furtherRows[at] as number);
        found.labels.add(furtherLabels[at] as number);
      }
      found.labels.delete(UNLABELLED);
      return { rows: found.rows.slice(0, ROWS_KEPT), labels: [...found.labels] };
    },
  };
}

function column(): Uint32Array<ArrayBuffer> {
  return new Uint32Array(1024);
}
