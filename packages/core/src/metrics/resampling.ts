/**
 * Rows drawn again and again, with replacement, and measured: the bootstrap. What a row adds to the counts is worked
 * out once, so that a drawing costs a few additions a row.
 */
import type { Random } from '../random.ts';
import { type Evaluation, evaluationOfCounts } from './registry.ts';
import { answers, logLosses, truthRanks } from './scores.ts';

/** Random numbers that a bootstrap may use: beyond 20,000 rows intervals are narrow, and fewer drawings describe them. */
const MOST_DRAWS = 20_000_000;
const FEWEST_SAMPLES = 200;

/** Measures the rows of these numbers; a number that is there twice counts twice. */
export type Measure = (rows: ArrayLike<number>) => Evaluation;

/**
 * @param truth         class ids [rows]
 * @param probabilities [rows × classes]
 */
export function measureOf(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): Measure {
  const cells = Int32Array.from(
    answers(probabilities, classes),
    (id, row) => (truth[row] as number) * classes + id,
  );
  const ranks = Int32Array.from(truthRanks(truth, probabilities, classes));
  const losses = Float64Array.from(logLosses(truth, probabilities, classes));
  return (rows) => {
    const counts = new Float64Array(classes * classes);
    let [firstTwo, firstThree, loss] = [0, 0, 0];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const cell = cells[row] as number;
      counts[cell] = (counts[cell] as number) + 1;
      const rank = ranks[row] as number;
      if (rank < 2) firstTwo++;
      if (rank < 3) firstThree++;
      loss += losses[row] as number;
    }
    const confusion = Array.from({ length: classes }, (_, id) =>
      Array.from(counts.subarray(id * classes, (id + 1) * classes)),
    );
    const share = (sum: number) => (rows.length === 0 ? 0 : sum / rows.length);
    return evaluationOfCounts(confusion, {
      top_2_accuracy: share(firstTwo),
      top_3_accuracy: share(firstThree),
      log_loss: share(loss),
    });
  };
}

/**
 * @param visit is called with as many row numbers as there are rows; the array is used again for the next sample
 * @returns what it returned, sample by sample
 */
export function resampled<T>(
  rows: number,
  samples: number,
  random: Random,
  visit: (drawn: Int32Array) => T,
): T[] {
  const drawn = new Int32Array(rows);
  return Array.from({ length: affordable(rows, samples) }, () => {
    for (let i = 0; i < rows; i++) drawn[i] = random.integer(rows);
    return visit(drawn);
  });
}

/** The rows as they are. */
export function everyRow(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

function affordable(rows: number, samples: number): number {
  return Math.min(samples, Math.max(FEWEST_SAMPLES, Math.floor(MOST_DRAWS / Math.max(1, rows))));
}

/** The `q`-quantile of sorted values, between neighbours in proportion, as numpy's default. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}
