/**
 * A person labelling reviews one by one, as a value: what was decided so far, where the person is, and how to take it back.
 * A session is begun with its items and changed by actions alone, so that the list of actions is all there is to save:
 * whoever applies it again stands where the one stood who was cut off.
 */

/** A review to be labelled. */
export interface LabellingItem {
  /** of the file, from 1 */
  readonly row: number;
  readonly text: string;
  /** as it stands in the file; undefined where there is none yet */
  readonly label: string | undefined;
  /** how probable a model that had not seen it finds that label, or whichever model is at hand */
  readonly labelProbability: number | undefined;
  /** the most probable label first; empty where nobody suggests any */
  readonly suggestions: readonly Suggestion[];
  /** why it is worth a look, in a few words; empty where there is nothing to say */
  readonly note: string;
  /** what a second person says */
  readonly second: string | undefined;
}

export interface Suggestion {
  readonly label: string;
  /** undefined where it was not told */
  readonly probability: number | undefined;
}

/** What a person says of a review. */
export type Verdict =
  | { readonly kind: 'label'; readonly label: string }
  /** no review to learn from */
  | { readonly kind: 'exclude' }
  /** not now */
  | { readonly kind: 'skip' };

export interface Decision {
  readonly verdict: Verdict;
  /** ms since 1970 */
  readonly time: number;
}

/** What changes a session. Rows name the review, so that an action keeps its meaning in any order of the items. */
export type LabellingAction =
  | { readonly type: 'decide'; readonly row: number; readonly verdict: Verdict; readonly time: number }
  | { readonly type: 'go'; readonly row: number }
  | { readonly type: 'undo' };

/** One decision, and what was there before it. */
interface Change {
  readonly index: number;
  readonly before: Decision | undefined;
  readonly time: number;
  readonly earlier: Change | undefined;
}

export interface LabellingSession {
  readonly classes: readonly string[];
  /** in the order in which they are shown */
  readonly items: readonly LabellingItem[];
  /** by index of the item */
  readonly decisions: readonly (Decision | undefined)[];
  /** index of the item that is looked at */
  readonly at: number;
  /** the latest one, undone first */
  readonly latest: Change | undefined;
  /** indices by row */
  readonly places: ReadonlyMap<number, number>;
}

/** @param decided what was decided before, by row */
export function beginSession(
  items: readonly LabellingItem[],
  classes: readonly string[],
  decided: ReadonlyMap<number, Decision> = new Map(),
): LabellingSession {
  const session: LabellingSession = {
    classes,
    items,
    decisions: items.map(({ row }) => decided.get(row)),
    at: 0,
    latest: undefined,
    places: new Map(items.map(({ row }, index) => [row, index])),
  };
  return { ...session, at: isOpen(session, 0) ? 0 : nextOpen(session, 0) };
}

/** An action about a row that is not among the items changes nothing; nor does an undo where there is nothing to undo. */
export function apply(session: LabellingSession, action: LabellingAction): LabellingSession {
  return applyAll(session, [action]);
}

/** One action after the other. The decisions are copied once, so that a long journal is read in the time of its length. */
export function applyAll(session: LabellingSession, actions: readonly LabellingAction[]): LabellingSession {
  const changing = { ...session, decisions: [...session.decisions] };
  for (const action of actions) change(changing, action);
  return changing;
}

type ChangingSession = Omit<LabellingSession, 'decisions' | 'at' | 'latest'> & {
  readonly decisions: (Decision | undefined)[];
  at: number;
  latest: Change | undefined;
};

function change(session: ChangingSession, action: LabellingAction): void {
  const { places, decisions, latest } = session;
  switch (action.type) {
    case 'decide': {
      const { row, verdict, time } = action;
      const index = places.get(row);
      if (index === undefined) return;
      session.latest = { index, before: decisions[index], time, earlier: latest };
      decisions[index] = { verdict, time };
      session.at = nextOpen(session, index);
      return;
    }
    case 'go':
      session.at = places.get(action.row) ?? session.at;
      return;
    case 'undo':
      if (latest === undefined) return;
      decisions[latest.index] = latest.before;
      session.latest = latest.earlier;
      session.at = latest.index;
  }
}

/** The review that is looked at; undefined where there are none. */
export function currentItem({ items, at }: LabellingSession): LabellingItem | undefined {
  return items[at];
}

/** @returns the action that goes `steps` further, or back; it stops at the ends */
export function step({ items, at }: LabellingSession, steps: number): LabellingAction | undefined {
  const to = Math.min(items.length - 1, Math.max(0, at + steps));
  const item = items[to];
  return item === undefined || to === at ? undefined : { type: 'go', row: item.row };
}

/** @returns the action that goes to the next review that is not decided */
export function toNextOpen(session: LabellingSession): LabellingAction | undefined {
  return step(session, nextOpen(session, session.at) - session.at);
}

/** @returns what the person would have to say to agree: the suggestion, or else the label that the file has */
export function suggestedLabel({ suggestions, label }: LabellingItem): string | undefined {
  return suggestions[0]?.label ?? label;
}

function isOpen({ decisions }: LabellingSession, index: number): boolean {
  return decisions[index] === undefined;
}

function isSkipped({ decisions }: LabellingSession, index: number): boolean {
  return decisions[index]?.verdict.kind === 'skip';
}

/** After the end it goes on at the beginning; when all have been seen, those that were skipped come again. */
function nextOpen(session: LabellingSession, from: number): number {
  const count = session.items.length;
  for (const isWanted of [isOpen, isSkipped]) {
    for (let steps = 1; steps < count; steps++) {
      const index = (from + steps) % count;
      if (isWanted(session, index)) return index;
    }
  }
  return from;
}
