/** The keys of labelling, in one table: what is pressed, what it does, and what the page of help and the last line say of it. */
import { onLatinKeyboard, shownKey } from '../keys.ts';

export type LabelCommand =
  | 'accept'
  | 'skip'
  | 'exclude'
  | 'undo'
  | 'back'
  | 'forth'
  | 'next-open'
  | 'first'
  | 'last'
  | 'scroll-up'
  | 'scroll-down'
  | 'find'
  | 'help'
  | 'quit';

export interface LabelKey {
  readonly command: LabelCommand;
  readonly keys: readonly string[];
  /** what it does, for the page of help */
  readonly help: string;
  /** a word for the last line, for the keys that belong there, the most important first */
  readonly short?: string;
}

/** A full stop and a comma stand where a Russian keyboard has the slash and the question mark. */
export const LABEL_KEYS: readonly LabelKey[] = [
  { command: 'help', keys: ['?', ','], help: 'this page', short: 'keys' },
  { command: 'quit', keys: ['q', 'ctrl+c'], help: 'leave, and write the file; all is saved', short: 'leave' },
  { command: 'accept', keys: ['enter'], help: 'give the label that is suggested', short: 'as suggested' },
  {
    command: 'undo',
    keys: ['u', 'ctrl+z'],
    help: 'take the last decision back, and go there',
    short: 'undo',
  },
  {
    command: 'skip',
    keys: ['s', 'space'],
    help: 'skip: it comes again when the others are done',
    short: 'skip',
  },
  { command: 'exclude', keys: ['x'], help: 'leave the review out of training', short: 'leave out' },
  { command: 'find', keys: ['/', '.'], help: 'find a class by a part of its name', short: 'find class' },
  { command: 'back', keys: ['left', 'up', 'h', 'k'], help: 'the review before' },
  { command: 'forth', keys: ['right', 'down', 'l', 'j'], help: 'the review after' },
  { command: 'next-open', keys: ['tab'], help: 'the next review that is not decided' },
  { command: 'first', keys: ['g', 'home'], help: 'the first review' },
  { command: 'last', keys: ['G', 'end'], help: 'the last review' },
  { command: 'scroll-up', keys: ['pageup', '['], help: 'a long text: up' },
  { command: 'scroll-down', keys: ['pagedown', ']'], help: 'a long text: down' },
];

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'].filter(
  (letter) => !LABEL_KEYS.some(({ keys }) => keys.includes(letter)),
);

/** Of classes, in their order: digits as they stand on a keyboard, then letters that mean nothing else. The rest is found by name. */
export const CLASS_KEYS: readonly string[] = [...'1234567890', ...LETTERS];

/** @returns the id of the class; undefined where the key is none of a class */
export function classOf(name: string, classes: number): number | undefined {
  const id = CLASS_KEYS.indexOf(onLatinKeyboard(name));
  return id >= 0 && id < classes ? id : undefined;
}

/** Whoever labels Russian reviews has a Russian keyboard on: the letters are those of the same key. */
export function commandOf(name: string): LabelCommand | undefined {
  const layout = onLatinKeyboard(name);
  return LABEL_KEYS.find(({ keys }) => keys.includes(name) || keys.includes(layout))?.command;
}

/** @returns of how many classes the keys are, for the page of help */
export function shownClassKeys(classes: number): string {
  const last = CLASS_KEYS[Math.min(classes, CLASS_KEYS.length) - 1] ?? '1';
  if (classes <= 1) return '1';
  if (classes <= 9) return `1 - ${last}`;
  return classes === 10 ? '1 - 9 0' : `1 - 9 0 a - ${last}`;
}

export const shownKeys = (keys: readonly string[]): string =>
  keys
    .filter((key) => key !== ',' && key !== '.')
    .map(shownKey)
    .join(' ');
