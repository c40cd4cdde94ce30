/**
 * What a key does while one labels, as a value: the session changes by actions alone, which the caller saves before it
 * carries them out; all else is how the screen looks.
 */
import { labelKey } from '@otzyv/core';
import {
  currentItem,
  type LabellingAction,
  type LabellingSession,
  step,
  suggestedLabel,
  toNextOpen,
  type Verdict,
} from '@otzyv/trainer';
import { classOf, commandOf } from './label-keys.ts';

export interface LabelUi {
  /** what was typed to find a class; undefined while nothing is looked for */
  readonly query: string | undefined;
  /** of the classes that were found, the one that Enter gives */
  readonly chosen: number;
  readonly isHelp: boolean;
  /** lines of the text that have gone up */
  readonly scroll: number;
  readonly message: string | undefined;
}

export const START_UI: LabelUi = {
  ...{ query: undefined, chosen: 0, isHelp: false, scroll: 0 },
  message: undefined,
};

export interface Pressed {
  readonly ui: LabelUi;
  /** to be saved, and applied */
  readonly action?: LabellingAction | undefined;
  readonly isQuit?: boolean;
}

export interface KeyContext {
  /** ms since 1970 */
  readonly now: number;
  /** lines by which a long text is scrolled */
  readonly page: number;
  /** the furthest that it can be */
  readonly mostScroll: number;
}

/** @param name of a key, as `namesOf` gives it */
export function labelPressed(
  before: LabelUi,
  session: LabellingSession,
  name: string,
  context: KeyContext,
): Pressed {
  const ui = { ...before, message: undefined };
  if (ui.isHelp) return { ui: { ...ui, isHelp: false }, isQuit: name === 'ctrl+c' };
  if (ui.query !== undefined) return typed({ ...ui, query: ui.query }, session, name, context.now);
  const id = classOf(name, session.classes.length);
  if (id !== undefined) return decide(ui, session, labelled(session.classes[id] as string), context.now);
  const scrolled = (lines: number) => ({
    ui: { ...ui, scroll: Math.max(0, Math.min(context.mostScroll, ui.scroll + lines)) },
  });
  switch (commandOf(name)) {
    case 'accept': {
      const item = currentItem(session);
      const label = item && suggestedLabel(item);
      if (label !== undefined) return decide(ui, session, labelled(label), context.now);
      return { ui: { ...ui, message: 'nothing is suggested here: press the key of a class' } };
    }
    case 'skip':
      return decide(ui, session, { kind: 'skip' }, context.now);
    case 'exclude':
      return decide(ui, session, { kind: 'exclude' }, context.now);
    case 'undo':
      if (session.latest === undefined) return { ui: { ...ui, message: 'nothing to take back' } };
      return moved(ui, { type: 'undo' });
    case 'back':
      return moved(ui, step(session, -1));
    case 'forth':
      return moved(ui, step(session, 1));
    case 'first':
      return moved(ui, step(session, -session.items.length));
    case 'last':
      return moved(ui, step(session, session.items.length));
    case 'next-open':
      return moved(ui, toNextOpen(session));
    case 'scroll-up':
      return scrolled(-context.page);
    case 'scroll-down':
      return scrolled(context.page);
    case 'find':
      return { ui: { ...ui, query: '', chosen: 0 } };
    case 'help':
      return { ui: { ...ui, isHelp: true } };
    case 'quit':
      return { ui, isQuit: true };
    case undefined:
      return { ui: name === 'esc' ? ui : { ...ui, message: `${name} is no key here: ? shows all` } };
  }
}

/** Classes whose names contain what was typed, whatever its case; those that begin with it come first. */
export function foundClasses(classes: readonly string[], query: string): string[] {
  const wanted = labelKey(query);
  const found = classes.filter((label) => labelKey(label).includes(wanted));
  const begins = (label: string) => labelKey(label).startsWith(wanted);
  return [...found.filter(begins), ...found.filter((label) => !begins(label))];
}

function typed(
  ui: LabelUi & { readonly query: string },
  session: LabellingSession,
  name: string,
  now: number,
): Pressed {
  const closed = { ...ui, query: undefined, chosen: 0 };
  const found = foundClasses(session.classes, ui.query);
  const choose = (chosen: number) => ({
    ui: { ...ui, chosen: Math.max(0, Math.min(found.length - 1, chosen)) },
  });
  switch (name) {
    case 'ctrl+c':
      return { ui: closed, isQuit: true };
    case 'esc':
      return { ui: closed };
    case 'up':
      return choose(ui.chosen - 1);
    case 'down':
    case 'tab':
      return choose(ui.chosen + 1);
    case 'backspace':
      return ui.query === '' ? { ui: closed } : { ui: { ...ui, query: ui.query.slice(0, -1), chosen: 0 } };
    case 'enter': {
      const label = found[ui.chosen];
      if (label === undefined) return { ui: { ...ui, message: 'no class is called so' } };
      return decide(closed, session, labelled(label), now);
    }
    case 'space':
      return { ui: { ...ui, query: `${ui.query} `, chosen: 0 } };
    default:
      // keys with names have more letters than one
      return [...name].length === 1 ? { ui: { ...ui, query: ui.query + name, chosen: 0 } } : { ui };
  }
}

function decide(ui: LabelUi, session: LabellingSession, verdict: Verdict, time: number): Pressed {
  const item = currentItem(session);
  return item === undefined ? { ui } : moved(ui, { type: 'decide', row: item.row, verdict, time });
}

function labelled(label: string): Verdict {
  return { kind: 'label', label };
}

function moved(ui: LabelUi, action: LabellingAction | undefined): Pressed {
  return action === undefined ? { ui } : { ui: { ...ui, scroll: 0 }, action };
}
