/**
 * The keys, in one table: what is pressed, what it does, and what the page of help and the line at the bottom say of it.
 */

/** Where a key counts. `everywhere` but where something is typed or asked. */
export type Scope = 'everywhere' | 'runs' | 'run' | 'compare';

export type Action =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'back'
  | 'next-tab'
  | 'previous-tab'
  | 'tab'
  | 'mark'
  | 'filter'
  | 'pause'
  | 'resume'
  | 'checkpoint'
  | 'stop-after-epoch'
  | 'copy'
  | 'help'
  | 'suspend'
  | 'quit';

export interface KeyBinding {
  readonly action: Action;
  readonly keys: readonly string[];
  readonly scope: Scope;
  /** what it does, for the page of help */
  readonly help: string;
  /** a word for the line at the bottom, for the keys that belong there, the most important first */
  readonly short?: string;
}

export const KEYS: readonly KeyBinding[] = [
  {
    action: 'tab',
    keys: ['1', '2', '3', '4', '5', '6', '7'],
    scope: 'run',
    help: 'open a tab by its number',
  },
  { action: 'next-tab', keys: ['tab'], scope: 'run', help: 'the next tab', short: 'next tab' },
  { action: 'previous-tab', keys: ['shift+tab'], scope: 'run', help: 'the tab before' },
  {
    action: 'pause',
    keys: ['p'],
    scope: 'run',
    help: 'pause the training after the step it is at',
    short: 'pause',
  },
  { action: 'resume', keys: ['r'], scope: 'run', help: 'let a paused training go on', short: 'resume' },
  { action: 'checkpoint', keys: ['c'], scope: 'run', help: 'save a checkpoint now', short: 'checkpoint' },
  {
    action: 'stop-after-epoch',
    keys: ['s'],
    scope: 'run',
    help: 'stop it in good order after this epoch (asks first)',
    short: 'stop',
  },
  {
    action: 'copy',
    keys: ['y'],
    scope: 'run',
    help: 'copy the command that goes on with the run',
    short: 'copy how to go on',
  },
  {
    action: 'open',
    keys: ['enter'],
    scope: 'everywhere',
    help: 'open what is chosen; enlarge a chart',
    short: 'open',
  },
  {
    action: 'mark',
    keys: ['space'],
    scope: 'runs',
    help: 'mark runs: Enter then compares them',
    short: 'mark',
  },
  {
    action: 'filter',
    keys: ['/'],
    scope: 'everywhere',
    help: 'show only what contains a text; Esc shows all again',
    short: 'filter',
  },
  {
    action: 'back',
    keys: ['esc', 'backspace'],
    scope: 'everywhere',
    help: 'back: the filter goes, then the chart shrinks, then the list of runs',
  },
  { action: 'help', keys: ['?'], scope: 'everywhere', help: 'this page', short: 'keys' },
  {
    action: 'suspend',
    keys: ['ctrl+z'],
    scope: 'everywhere',
    help: 'back to the shell; fg comes here again',
  },
  {
    action: 'quit',
    keys: ['q', 'ctrl+c'],
    scope: 'everywhere',
    help: 'leave; trainings go on',
    short: 'leave',
  },
  // moves are last: where not all fit on the page of help, they are those that need no telling
  { action: 'up', keys: ['up', 'k'], scope: 'everywhere', help: 'up' },
  { action: 'down', keys: ['down', 'j'], scope: 'everywhere', help: 'down' },
  {
    action: 'left',
    keys: ['left', 'h'],
    scope: 'everywhere',
    help: 'left; at a tab without columns, the tab before',
  },
  {
    action: 'right',
    keys: ['right', 'l'],
    scope: 'everywhere',
    help: 'right; at a tab without columns, the next tab',
  },
  { action: 'page-up', keys: ['pageup', 'ctrl+u'], scope: 'everywhere', help: 'a page up' },
  { action: 'page-down', keys: ['pagedown', 'ctrl+d'], scope: 'everywhere', help: 'a page down' },
  { action: 'first', keys: ['g', 'home'], scope: 'everywhere', help: 'to the beginning' },
  {
    action: 'last',
    keys: ['G', 'end'],
    scope: 'everywhere',
    help: 'to the end; log lines are then followed',
  },
];

/** What was pressed, in the names of the table. */
export interface Press {
  readonly input: string;
  readonly key: Readonly<Record<string, unknown>>;
}

const NAMED: Readonly<Record<string, string>> = {
  upArrow: 'up',
  downArrow: 'down',
  leftArrow: 'left',
  rightArrow: 'right',
  pageUp: 'pageup',
  pageDown: 'pagedown',
  home: 'home',
  end: 'end',
  return: 'enter',
  escape: 'esc',
  backspace: 'backspace',
  delete: 'backspace', // what most terminals send for the key that takes back
};

/** @param press as Ink's `useInput` tells @returns one name for each key, of keys pressed so fast that they came together */
export function namesOf({ input, key }: Press): string[] {
  if (key['tab'] === true) return [key['shift'] === true ? 'shift+tab' : 'tab'];
  for (const [flag, name] of Object.entries(NAMED)) if (key[flag] === true) return [name];
  if (key['ctrl'] === true) return [`ctrl+${input}`];
  return [...input].map((character) =>
    character === ' ' ? 'space' : character === '\r' || character === '\n' ? 'enter' : character,
  );
}

/** @returns what a key does here; undefined: nothing */
export function bindingOf(name: string, scope: Scope): KeyBinding | undefined {
  const layout = onLatinKeyboard(name);
  return KEYS.find(
    (binding) =>
      (binding.scope === scope || binding.scope === 'everywhere') &&
      (binding.keys.includes(name) || binding.keys.includes(layout)),
  );
}

const RUSSIAN = 'йцукенгшщзхъфывапролджэячсмитьбю';
const ENGLISH = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";

/** Whoever has just typed a review's label has a Russian keyboard on: й is q there. */
export function onLatinKeyboard(name: string): string {
  const at = RUSSIAN.indexOf(name.toLowerCase());
  if (name.length !== 1 || at < 0) return name;
  const letter = ENGLISH[at] as string;
  return name === RUSSIAN[at] ? letter : letter.toUpperCase();
}

/** @returns the bindings that count in a scope, those of its own first */
export function bindingsIn(scope: Scope): KeyBinding[] {
  return [
    ...KEYS.filter((binding) => binding.scope === scope && scope !== 'everywhere'),
    ...KEYS.filter((binding) => binding.scope === 'everywhere'),
  ];
}

const SHOWN: Readonly<Record<string, string>> = {
  enter: 'Enter',
  esc: 'Esc',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  space: 'Space',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  backspace: 'Backspace',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
};

/** @returns the key's name as it is written on screens and pages */
export function shownKey(name: string): string {
  return SHOWN[name] ?? name.replace('ctrl+', 'Ctrl-');
}
