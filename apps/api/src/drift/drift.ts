/**
 * Whether what is asked still looks like what was learned from: the last answers of a model against its training data's
 * classes, and against its own answers to the texts that were held out when it was trained.
 */
import type { ClassifiedText } from '../inference/classify.ts';
import { populationStability } from './population-stability.ts';
import { type Counted, count, emptyTally, type Tally } from './tally.ts';

/** Population stability indices; those that nothing is known to compare with are absent. */
export interface DriftMeasure {
  readonly classes?: number;
  readonly confidence?: number;
  readonly unknown?: number;
}

export interface Drift {
  /** Texts with nothing in them do not count: their answers are no model's. */
  add(answers: readonly ClassifiedText[]): void;
  /** @param reference answers to held-out texts; undefined where there are none */
  compareWith(reference: Tally | undefined): void;
  readonly reference: Tally | undefined;
  /** Of the last `WINDOW` answers; empty before there are `LEAST`. */
  measure(): DriftMeasure;
}

export const WINDOW = 1000;
/** Fewer differ from any reference by chance. */
export const LEAST = 200;

/** @param classCounts of the training data, by class id; absent where they are not known */
export function createDrift(classes: number, classCounts: readonly number[] | undefined): Drift {
  const last: Counted[] = [];
  let next = 0;
  const tally = emptyTally(classes);
  let reference: Tally | undefined;
  return {
    add: (answers) => {
      for (const { labelId, confidence, reading, isEmpty } of answers) {
        if (isEmpty) continue;
        const oldest = last[next];
        if (oldest !== undefined) count(tally, oldest, -1);
        last[next] = { labelId, confidence, reading };
        count(tally, last[next] as Counted);
        next = (next + 1) % WINDOW;
      }
    },
    compareWith: (found) => {
      reference = found;
    },
    get reference() {
      return reference;
    },
    measure: () => {
      if (tally.texts < LEAST) return {};
      return {
        ...(classCounts !== undefined && { classes: populationStability(classCounts, tally.classes) }),
        ...(reference !== undefined && {
          confidence: populationStability(reference.confidence, tally.confidence),
          unknown: populationStability(knownAndNot(reference), knownAndNot(tally)),
        }),
      };
    },
  };
}

function knownAndNot({ tokens, unknown }: Tally): number[] {
  return [tokens - unknown, unknown];
}
