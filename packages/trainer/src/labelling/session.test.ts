/** A labelling session: laws that hold for any keys, and what each of them does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leastCertainFirst } from './order.ts';
import { agreementOf, paceOf, progressOf } from './progress.ts';
import {
  apply,
  applyAll,
  beginSession,
  currentItem,
  type LabellingAction,
  type LabellingItem,
  type LabellingSession,
  step,
  toNextOpen,
} from './session.ts';

const CLASSES = ['обувь', 'одежда', 'посуда'];

function item(row: number, more: Partial<LabellingItem> = {}): LabellingItem {
  return {
    ...{ row, text: `отзыв ${row}`, label: undefined, labelProbability: undefined },
    ...{ suggestions: [], note: '', second: undefined },
    ...more,
  };
}

const begin = (rows: readonly number[]) =>
  beginSession(
    rows.map((row) => item(row)),
    CLASSES,
  );

const time = fc.nat(1e9);
const anyRow = fc.integer({ min: 1, max: 6 });
const anyVerdict = fc.oneof(
  fc.constantFrom(...CLASSES).map((label) => ({ kind: 'label', label }) as const),
  fc.constant({ kind: 'exclude' } as const),
  fc.constant({ kind: 'skip' } as const),
);
const anyAction: fc.Arbitrary<LabellingAction> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('decide'), row: anyRow, verdict: anyVerdict, time }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('go'), row: anyRow }) },
  { weight: 1, arbitrary: fc.constant({ type: 'undo' } as const) },
) as fc.Arbitrary<LabellingAction>;
const anyActions = fc.array(anyAction, { maxLength: 30 });
const after = (session: LabellingSession, actions: readonly LabellingAction[]) =>
  actions.reduce(apply, session);
const start = begin([3, 1, 5, 2, 4]); // row 6 is not among them

test('a journal that is read at once gives the session that its keys gave, and changes none before it', () => {
  fc.assert(
    fc.property(anyActions, anyActions, (earlier, later) => {
      const before = after(start, earlier);
      const kept = structuredClone(before);
      expect(applyAll(before, later)).toEqual(after(before, later));
      expect(before).toEqual(kept);
    }),
  );
});

/** What a person does about the review that is looked at. */
const decide = (session: LabellingSession, label = 'обувь', at = 0): LabellingAction => ({
  ...{ type: 'decide', row: currentItem(session)!.row, verdict: { kind: 'label', label }, time: at },
});

describe('undo', () => {
  test('after any keys and one decision gives back the state before it', () => {
    fc.assert(
      fc.property(anyActions, anyVerdict, time, (actions, verdict, now) => {
        const before = after(start, actions);
        const decided = apply(before, { type: 'decide', row: currentItem(before)!.row, verdict, time: now });
        expect(apply(decided, { type: 'undo' })).toEqual(before);
      }),
    );
  });

  test('also after looking around; it goes back to the review whose decision it takes back', () => {
    const decided = apply(start, decide(start));
    const looked = after(decided, [{ type: 'go', row: 4 }, { type: 'go', row: 2 }]); // biome-ignore format: short
    expect(apply(looked, { type: 'undo' })).toEqual(start);
  });

  test('again and again takes back everything', () => {
    fc.assert(
      fc.property(anyActions, (actions) => {
        const undone = after(after(start, actions), Array(actions.length).fill({ type: 'undo' }));
        expect(undone.decisions).toEqual(start.decisions);
        expect(undone.latest).toBeUndefined();
      }),
    );
  });

  test('of a second opinion gives back the first', () => {
    const twice = after(start, [
      decide(start, 'обувь'),
      { type: 'decide', row: 3, verdict: { kind: 'label', label: 'посуда' }, time: 5 },
      { type: 'undo' },
    ]);
    expect(twice.decisions[0]?.verdict).toEqual({ kind: 'label', label: 'обувь' });
  });
});

describe('the place', () => {
  test('is always one of the reviews, and every review that is not decided is reached', () => {
    fc.assert(
      fc.property(anyActions, (actions) => {
        let session = after(start, actions);
        expect(currentItem(session)).toBeDefined();
        const { left } = progressOf(session);
        for (let i = 0; i < left + 1; i++) session = apply(session, decide(session));
        expect(progressOf(session)).toMatchObject({ left: 0, done: 5, skipped: 0 });
      }),
    );
  });

  test('after a decision is the next that is not decided; at the end come those that were left out', () => {
    let session = after(start, [{ type: 'go', row: 2 }]);
    const seen: number[] = [];
    while (progressOf(session).left > 0) {
      seen.push(currentItem(session)!.row);
      session = apply(session, decide(session));
    }
    expect(seen).toEqual([2, 4, 3, 1, 5]);
  });

  test('of skipped reviews comes when all others are done, in turn', () => {
    const skip = (session: LabellingSession): LabellingAction => ({
      ...{ type: 'decide', row: currentItem(session)!.row, verdict: { kind: 'skip' }, time: 0 },
    });
    let session = apply(start, skip(start)); // 3
    session = apply(session, decide(session)); // 1
    session = apply(session, skip(session)); // 5
    session = apply(session, decide(session)); // 2
    session = apply(session, decide(session)); // 4
    expect(currentItem(session)!.row).toBe(3);
    session = apply(session, skip(session));
    expect(currentItem(session)!.row).toBe(5);
    expect(progressOf(session)).toMatchObject({ done: 3, skipped: 2, left: 2 });
  });

  test('moves by steps, and stops at the ends', () => {
    expect(step(start, -1)).toBeUndefined();
    expect(step(start, 2)).toEqual({ type: 'go', row: 5 });
    expect(step(start, 99)).toEqual({ type: 'go', row: 4 });
    expect(toNextOpen(apply(start, decide(start)))).toEqual({ type: 'go', row: 5 });
    expect(step(begin([]), 1)).toBeUndefined();
  });

  test('a session that goes on begins at the first review that is not decided', () => {
    const decided = new Map([[3, { verdict: { kind: 'exclude' }, time: 0 } as const]]);
    const again = beginSession([item(3), item(1)], CLASSES, decided);
    expect(currentItem(again)!.row).toBe(1);
    expect(progressOf(again)).toMatchObject({ done: 1, excluded: 1, left: 1, counts: [0, 0, 0] });
  });
});

describe('progress', () => {
  test('adds up, whatever was done', () => {
    fc.assert(
      fc.property(anyActions, (actions) => {
        const { total, done, left, excluded, counts } = progressOf(after(start, actions));
        expect(done + left).toBe(total);
        expect(counts.reduce((sum, count) => sum + count, excluded)).toBe(done);
      }),
    );
  });

  test('pace is of the latest decisions; a break counts as a minute', () => {
    const at = (row: number, seconds: number): LabellingAction => ({
      ...{ type: 'decide', row, verdict: { kind: 'skip' }, time: seconds * 1000 },
    });
    expect(paceOf(after(start, [at(1, 0)]))).toBeUndefined();
    expect(paceOf(after(start, [at(1, 0), at(2, 5), at(3, 10)]))).toBe(12);
    expect(paceOf(after(start, [at(1, 0), at(2, 86_400)]))).toBe(1);
    expect(paceOf(after(start, [at(1, 0), at(2, 5), at(3, 10), { type: 'undo' }]))).toBe(12);
  });

  test('agreement is of the reviews that both labelled, and changes with every key', () => {
    const items = [1, 2, 3, 4].map((row) => item(row, { second: row === 4 ? undefined : 'обувь' }));
    let session = beginSession(items, CLASSES);
    expect(agreementOf(session)).toMatchObject({ rows: 0, kappa: undefined });
    session = apply(session, decide(session, 'обувь'));
    session = apply(session, decide(session, 'посуда'));
    expect(agreementOf(session)).toMatchObject({ rows: 2, agreed: 1, kappa: 0 });
    session = apply(apply(session, { type: 'undo' }), { type: 'undo' });
    expect(agreementOf(session)).toMatchObject({ rows: 0 });
    expect(agreementOf(start)).toBeUndefined();
  });
});

test('the least certain come first: suggestions nobody is sure of, and labels nobody would give', () => {
  const suggested = (row: number, probability?: number) =>
    item(row, { suggestions: [{ label: 'обувь', probability }] });
  const labelled = (row: number, labelProbability: number) =>
    item(row, { label: 'обувь', labelProbability, suggestions: [{ label: 'посуда', probability: 0.99 }] });
  const ordered = leastCertainFirst([
    ...[item(1), suggested(2, 0.9), suggested(3, 0.4), labelled(4, 0.01), suggested(5), labelled(6, 0.95)],
    suggested(7, 0.4),
  ]);
  expect(ordered.map(({ row }) => row)).toEqual([4, 3, 7, 2, 6, 1, 5]);
});
