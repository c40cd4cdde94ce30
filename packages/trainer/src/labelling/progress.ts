/** How far a session is, how fast it goes, and how far two people agree. */
import { type Agreement, cohenKappa, confusionMatrix, encoderOf } from '@otzyv/core';
import type { LabellingSession } from './session.ts';

export interface SessionProgress {
  readonly total: number;
  /** labelled or excluded */
  readonly done: number;
  readonly excluded: number;
  readonly skipped: number;
  /** not looked at, or skipped */
  readonly left: number;
  /** labels that were given, by class id */
  readonly counts: readonly number[];
}

export function progressOf({ items, decisions, classes }: LabellingSession): SessionProgress {
  const ids = new Map(classes.map((label, id) => [label, id]));
  const counts = classes.map(() => 0);
  let [excluded, skipped, labelled] = [0, 0, 0];
  for (const decision of decisions) {
    if (decision === undefined) continue;
    const { verdict } = decision;
    if (verdict.kind === 'skip') skipped++;
    else if (verdict.kind === 'exclude') excluded++;
    else {
      labelled++;
      const id = ids.get(verdict.label);
      if (id !== undefined) counts[id] = (counts[id] as number) + 1;
    }
  }
  const done = labelled + excluded;
  return { total: items.length, done, excluded, skipped, left: items.length - done, counts };
}

/** The latest decisions count: people get faster, and tired. */
const COUNTED = 20;
/** A longer time is a break, and counts as this much. */
const LONGEST_MS = 60_000;

/** @returns decisions a minute; undefined before the second one */
export function paceOf({ latest }: LabellingSession): number | undefined {
  let [elapsed, gaps] = [0, 0];
  for (let change = latest; change?.earlier !== undefined && gaps < COUNTED; change = change.earlier) {
    elapsed += Math.min(LONGEST_MS, Math.max(0, change.time - change.earlier.time));
    gaps++;
  }
  return elapsed === 0 ? undefined : (gaps * 60_000) / elapsed;
}

/** Of the labels given in this session with those of a second person; undefined where there is no second person. */
export function agreementOf({ items, decisions, classes }: LabellingSession): Agreement | undefined {
  if (items.every(({ second }) => second === undefined)) return undefined;
  const encoder = encoderOf(classes);
  const pairs = items.flatMap(({ second }, index) => {
    const verdict = decisions[index]?.verdict;
    return second === undefined || verdict?.kind !== 'label'
      ? []
      : [[encoder.encode(verdict.label), encoder.encode(second)] as const];
  });
  const [ones, others] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
  return cohenKappa(confusionMatrix(ones, others, classes.length));
}
