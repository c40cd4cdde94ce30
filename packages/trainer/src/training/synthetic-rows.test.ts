import { expect, test } from 'vitest';
import type { Synthetic } from '../data/synthetic.ts';
import type { RowDecision } from './audit-file.ts';
import { decidedByOrigin } from './synthetic-rows.ts';

interface Row {
  readonly text: string;
  readonly label: string;
  readonly synthetic?: Synthetic;
  readonly decision?: RowDecision;
}

const ORIGIN = 'Туфли жмут';
const made = (how: string): Row => ({
  text: 'Сапоги велики',
  label: 'обувь',
  synthetic: { how, origin: ORIGIN },
});
const decided = (decision: RowDecision): Row[] => [{ text: ORIGIN, label: 'обувь', decision }];

test('what was changed follows the review it was made of: left out with it, or labelled anew', () => {
  for (const decision of [{ kind: 'exclude' }, { kind: 'relabel', label: 'одежда' }] as const)
    expect(decidedByOrigin([made('typos')], decided(decision))).toMatchObject([{ decision }]);
});

test('what was made up is left out with the review that was shown, and keeps its label when that gets another', () => {
  const exclude = { kind: 'exclude' } as const;
  expect(decidedByOrigin([made('llm')], decided(exclude))).toMatchObject([{ decision: exclude }]);
  const relabel = { kind: 'relabel', label: 'одежда' } as const;
  expect(decidedByOrigin([made('llm')], decided(relabel))).toEqual([made('llm')]);
});
