/**
 * What is looked at, and what a key makes of it: a pure function, so that the whole way through the monitor can be told in tests. What
 * a key does beyond the screen (a command to a training, the clipboard, leaving) comes back as an effect.
 */
import { bindingOf, type Scope } from './keys.ts';
import type { SentCommand } from './reader/run-source.ts';

export const TABS = ['overview', 'charts', 'classes', 'confusion', 'examples', 'log', 'config'] as const;
export type Tab = (typeof TABS)[number];

/** What has a cursor and a filter of its own. */
export type Place = 'runs' | 'compare' | Tab;

export type Looking =
  | { readonly at: 'runs' }
  | { readonly at: 'run'; readonly id: string }
  | { readonly at: 'compare'; readonly ids: readonly string[] };

export interface Ui {
  readonly looking: Looking;
  readonly tab: Tab;
  /** row by place, from 0; Infinity: the last, whatever comes */
  readonly rows: Readonly<Partial<Record<Place, number>>>;
  readonly columns: Readonly<Partial<Record<Place, number>>>;
  readonly filters: Readonly<Partial<Record<Place, string>>>;
  /** the filter is being typed */
  readonly isTyping: boolean;
  readonly isHelp: boolean;
  /** whether to stop is asked */
  readonly isAsking: boolean;
  /** one of the charts fills the screen */
  readonly isEnlarged: boolean;
  /** ids of runs to compare */
  readonly marked: readonly string[];
  readonly message: Message | null;
}

export interface Message {
  readonly text: string;
  readonly isFault: boolean;
}

/** What of the screen a key may move over. */
export interface Extent {
  /** of the list, those that are shown */
  readonly runIds: readonly string[];
  readonly rows: number;
  /** 0: there are none, and left and right change the tab */
  readonly columns: number;
  /** rows on the screen */
  readonly page: number;
}

export type Effect =
  | { readonly kind: 'send'; readonly id: string; readonly command: SentCommand }
  | { readonly kind: 'copy'; readonly id: string }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'quit' };

export function startUi(looking: Looking): Ui {
  return {
    looking,
    tab: 'overview',
    rows: { log: Infinity },
    columns: {},
    filters: {},
    isTyping: false,
    isHelp: false,
    isAsking: false,
    isEnlarged: false,
    marked: [],
    message: null,
  };
}

export function placeOf({ looking, tab }: Ui): Place {
  return looking.at === 'run' ? tab : looking.at;
}

export function scopeOf({ looking }: Ui): Scope {
  return looking.at;
}

/** @param name of one key, as `namesOf` tells */
export function pressed(ui: Ui, name: string, extent: Extent): { readonly ui: Ui; readonly effect?: Effect } {
  const isOfTheTerminal = name === 'ctrl+c' || name === 'ctrl+z';
  if (ui.isTyping && !isOfTheTerminal) return { ui: typed(ui, name) };
  if (ui.isAsking && !isOfTheTerminal) return answered(ui, name);
  const binding = bindingOf(name, scopeOf(ui));
  const quiet = { ...ui, message: null };
  if (binding === undefined) return { ui: quiet };
  if (ui.isHelp && !isOfTheTerminal && binding.action !== 'quit') return { ui: { ...quiet, isHelp: false } };
  const { looking } = ui;
  switch (binding.action) {
    case 'suspend':
      return { ui, effect: { kind: 'suspend' } };
    case 'quit':
      return { ui: quiet, effect: { kind: 'quit' } };
    case 'help':
      return { ui: { ...quiet, isHelp: true } };
    case 'filter':
      return { ui: { ...quiet, isTyping: true } };
    case 'back':
      return { ui: back(quiet) };
    case 'open':
      return { ui: opened(quiet, extent) };
    case 'mark':
      return { ui: down(markedAt(quiet, extent), extent) };
    case 'tab':
      return { ui: withTab(quiet, Number(name) - 1) };
    case 'next-tab':
      return { ui: withTab(quiet, TABS.indexOf(ui.tab) + 1) };
    case 'previous-tab':
      return { ui: withTab(quiet, TABS.indexOf(ui.tab) - 1) };
    case 'stop-after-epoch':
      return { ui: { ...quiet, isAsking: true } };
    case 'pause':
    case 'resume':
    case 'checkpoint':
      return looking.at === 'run'
        ? { ui: quiet, effect: { kind: 'send', id: looking.id, command: binding.action } }
        : { ui: quiet };
    case 'copy':
      return looking.at === 'run' ? { ui: quiet, effect: { kind: 'copy', id: looking.id } } : { ui: quiet };
    default:
      return { ui: moved(quiet, binding.action, extent) };
  }
}

function typed(ui: Ui, name: string): Ui {
  const place = placeOf(ui);
  const filter = ui.filters[place] ?? '';
  const withFilter = (text: string): Ui => ({
    ...ui,
    filters: { ...ui.filters, [place]: text },
    rows: { ...ui.rows, [place]: place === 'log' ? Infinity : 0 },
  });
  if (name === 'enter') return { ...ui, isTyping: false };
  if (name === 'esc') return { ...withFilter(''), isTyping: false };
  if (name === 'backspace') return withFilter([...filter].slice(0, -1).join(''));
  const character = name === 'space' ? ' ' : name;
  return [...character].length === 1 ? withFilter(filter + character) : ui;
}

function answered(ui: Ui, name: string): { ui: Ui; effect?: Effect } {
  const decided = { ...ui, isAsking: false };
  const isYes = ['y', 'н', 'д'].includes(name.toLowerCase());
  if (!isYes || ui.looking.at !== 'run') return { ui: decided };
  return { ui: decided, effect: { kind: 'send', id: ui.looking.id, command: 'stop-after-epoch' } };
}

function back(ui: Ui): Ui {
  const place = placeOf(ui);
  if ((ui.filters[place] ?? '') !== '') return { ...ui, filters: { ...ui.filters, [place]: '' } };
  if (ui.isEnlarged) return { ...ui, isEnlarged: false };
  if (ui.looking.at === 'runs') return { ...ui, marked: [] };
  return { ...ui, looking: { at: 'runs' } };
}

function opened(ui: Ui, extent: Extent): Ui {
  if (placeOf(ui) === 'charts') return { ...ui, isEnlarged: !ui.isEnlarged };
  if (ui.looking.at !== 'runs') return ui;
  const ids = ui.marked.filter((id) => extent.runIds.includes(id));
  if (ids.length > 1) return { ...ui, looking: { at: 'compare', ids }, rows: { ...ui.rows, compare: 0 } };
  const id = extent.runIds[rowAt(ui, extent)];
  if (id === undefined) return ui;
  return {
    ...startUi({ at: 'run', id }),
    rows: { ...ui.rows, log: Infinity },
    filters: { runs: ui.filters.runs ?? '' },
  };
}

function markedAt(ui: Ui, extent: Extent): Ui {
  const id = extent.runIds[rowAt(ui, extent)];
  if (id === undefined) return ui;
  const others = ui.marked.filter((other) => other !== id);
  return { ...ui, marked: others.length < ui.marked.length ? others : [...ui.marked, id] };
}

function withTab(ui: Ui, index: number): Ui {
  return { ...ui, tab: TABS[(index + TABS.length) % TABS.length] as Tab, isEnlarged: false };
}

function down(ui: Ui, extent: Extent): Ui {
  return moved(ui, 'down', extent);
}

type Move = 'up' | 'down' | 'left' | 'right' | 'page-up' | 'page-down' | 'first' | 'last';

function moved(ui: Ui, move: Move, extent: Extent): Ui {
  const place = placeOf(ui);
  const row = rowAt(ui, extent);
  const toRow = (to: number): Ui => {
    const last = Math.max(0, extent.rows - 1);
    const isEnd = place === 'log' && to >= last;
    return { ...ui, rows: { ...ui.rows, [place]: isEnd ? Infinity : Math.min(last, Math.max(0, to)) } };
  };
  const toColumn = (by: 1 | -1): Ui => {
    if (extent.columns === 0) return ui.looking.at === 'run' ? withTab(ui, TABS.indexOf(ui.tab) + by) : ui;
    const to = Math.min(extent.columns - 1, Math.max(0, (ui.columns[place] ?? 0) + by));
    return { ...ui, columns: { ...ui.columns, [place]: to } };
  };
  switch (move) {
    case 'up':
      return toRow(row - 1);
    case 'down':
      return toRow(row + 1);
    case 'page-up':
      return toRow(row - Math.max(1, extent.page - 1));
    case 'page-down':
      return toRow(row + Math.max(1, extent.page - 1));
    case 'first':
      return toRow(0);
    case 'last':
      return toRow(Infinity);
    case 'left':
      return toColumn(-1);
    case 'right':
      return toColumn(1);
  }
}

/** @returns the row under the cursor, of those that there are */
export function rowAt(ui: Ui, { rows }: Pick<Extent, 'rows'>): number {
  return Math.max(0, Math.min(ui.rows[placeOf(ui)] ?? 0, rows - 1));
}
