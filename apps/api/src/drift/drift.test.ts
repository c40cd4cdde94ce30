import { expect, test } from 'vitest';
import type { ClassifiedText } from '../inference/classify.ts';
import { createDrift, LEAST, WINDOW } from './drift.ts';
import { count, emptyTally } from './tally.ts';

const answer = (labelId: number, confidence = 0.9, unknown = 0): ClassifiedText => ({
  ...{ labelId, label: 'аб'[labelId]!, confidence, isUncertain: false, probabilities: new Float32Array(2) },
  ...{ isTruncated: false, isEmpty: false, reading: { tokens: 10, unknown } },
});
const many = (count: number, ...answers: ClassifiedText[]) =>
  Array.from({ length: count }, (_, i) => answers[i % answers.length]!);

function reference(...answers: ClassifiedText[]) {
  const tally = emptyTally(2);
  for (const one of answers) count(tally, one);
  return tally;
}

test('answers like those that it knows show none; other classes, confidences and words show', () => {
  const drift = createDrift(2, [300, 300]);
  drift.compareWith(reference(...many(400, answer(0), answer(1))));
  drift.add(many(LEAST - 1, answer(0), answer(1)));
  expect(drift.measure()).toEqual({});
  drift.add([answer(1)]);
  for (const index of Object.values(drift.measure())) expect(index).toBeLessThan(0.01);

  drift.add(many(WINDOW, answer(0), answer(0), answer(0), answer(1)));
  expect(drift.measure().classes).toBeGreaterThan(0.2);
  expect(drift.measure().confidence).toBeLessThan(0.01);
  drift.add(many(WINDOW, answer(0, 0.3, 6), answer(1, 0.3, 6)));
  const { classes, confidence, unknown } = drift.measure();
  expect(classes).toBeLessThan(0.01);
  expect(Math.min(confidence!, unknown!)).toBeGreaterThan(1);
});

test('what is older than the window is forgotten', () => {
  const [drift, fresh] = [createDrift(2, [1, 1]), createDrift(2, [1, 1])];
  drift.add(many(WINDOW / 2, answer(0)));
  for (const each of [drift, fresh]) each.add(many(WINDOW, answer(1), answer(0), answer(1)));
  expect(drift.measure()).toEqual(fresh.measure());
});

test('texts with nothing in them do not count, and what nothing is known of is not told', () => {
  const drift = createDrift(2, undefined);
  drift.add(many(WINDOW, { ...answer(0), isEmpty: true }));
  expect(drift.measure()).toEqual({});
  drift.add(many(LEAST, answer(0)));
  expect(drift.measure()).toEqual({});
  drift.compareWith(reference(answer(0)));
  expect(Object.keys(drift.measure())).toEqual(['confidence', 'unknown']);
});
