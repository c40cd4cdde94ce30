/** Labelling sessions for tests. */
import { beginSession, type LabellingItem, type LabellingSession } from '@otzyv/trainer';

/** @param items by row from 1, what matters of each */
export function sessionOf(
  items: readonly Partial<LabellingItem>[],
  classes: readonly string[],
): LabellingSession {
  const whole = items.map((item, index) => ({
    ...{ row: index + 1, text: `отзыв ${index + 1}`, label: undefined, labelProbability: undefined },
    ...{ suggestions: [], note: '', second: undefined },
    ...item,
  }));
  return beginSession(whole, classes);
}
