/** What keys do while one labels. */
import type { LabellingAction, LabellingItem, LabellingSession } from '@otzyv/trainer';
import { apply } from '@otzyv/trainer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sessionOf } from '../testing/label-sessions.ts';
import { CLASS_KEYS, LABEL_KEYS } from './label-keys.ts';
import { foundClasses, labelPressed, START_UI } from './label-state.ts';

const CONTEXT = { now: 1, page: 5, mostScroll: 12 };

/** Presses keys one after the other; everything that is to be saved is applied. */
function press(session: LabellingSession, ...names: readonly string[]) {
  let ui = START_UI;
  let state = session;
  const actions: LabellingAction[] = [];
  let isQuit = false;
  for (const name of names) {
    const pressed = labelPressed(ui, state, name, CONTEXT);
    ui = pressed.ui;
    isQuit ||= pressed.isQuit === true;
    if (pressed.action === undefined) continue;
    actions.push(pressed.action);
    state = apply(state, pressed.action);
  }
  return { ui, session: state, actions, isQuit };
}

const labels = ({ items, decisions }: LabellingSession) =>
  Object.fromEntries(
    items.flatMap(({ row }, index) => {
      const verdict = decisions[index]?.verdict;
      return verdict === undefined ? [] : [[row, verdict.kind === 'label' ? verdict.label : verdict.kind]];
    }),
  );

const suggested = (label: string): Partial<LabellingItem> => ({ suggestions: [{ label, probability: 0.6 }] });
const CLASSES = ['одежда', 'обувь', 'посуда'];
const three = sessionOf([suggested('посуда'), {}, suggested('обувь')], CLASSES);

describe('a key', () => {
  test('of a class labels and goes on; Enter takes the suggestion, and says where there is none', () => {
    const { session, ui } = press(three, '2', 'enter');
    expect(labels(session)).toEqual({ 1: 'обувь' });
    expect(session.at).toBe(1);
    expect(ui.message).toContain('nothing is suggested');
    expect(labels(press(three, 'enter', '1', 'enter').session)).toEqual({
      1: 'посуда',
      2: 'одежда',
      3: 'обувь',
    });
  });

  test('of a class that there is not does nothing, and says so', () => {
    const { actions, ui } = press(three, '9');
    expect(actions).toEqual([]);
    expect(ui.message).toBe('9 is no key here: ? shows all');
  });

  test('skips, leaves out, takes back', () => {
    const { session } = press(three, 's', 'x');
    expect(labels(session)).toEqual({ 1: 'skip', 2: 'exclude' });
    expect(labels(press(three, 's', 'x', 'u').session)).toEqual({ 1: 'skip' });
    expect(press(three, 'u').ui.message).toBe('nothing to take back');
  });

  test('moves with arrows and with hjkl, and stops at the ends', () => {
    expect(press(three, 'right', 'j', 'l', 'down').session.at).toBe(2);
    expect(press(three, 'G', 'left', 'k').session.at).toBe(0);
    expect(press(three, 'g').actions).toEqual([]);
    expect(press(three, '1', 'g', 'tab').session.at).toBe(1);
  });

  test('scrolls a long text no further than it goes; another review begins at its top', () => {
    expect(press(three, 'pagedown', 'pagedown', ']').ui.scroll).toBe(12);
    expect(press(three, 'pagedown', '[').ui.scroll).toBe(0);
    expect(press(three, 'pagedown', 'right').ui.scroll).toBe(0);
  });

  test('is known on a Russian keyboard', () => {
    const russian = press(three, '1', 'ы', 'г', 'ч', 'р');
    const latin = press(three, '1', 's', 'u', 'x', 'h');
    expect(russian).toEqual(latin);
    expect(press(three, ',').ui.isHelp).toBe(true);
    expect(press(three, '.').ui.query).toBe('');
    expect(press(three, 'й').isQuit).toBe(true);
  });

  test('means one thing, however many classes there are', () => {
    const commands = LABEL_KEYS.flatMap(({ keys }) => keys);
    expect(new Set([...commands, ...CLASS_KEYS]).size).toBe(commands.length + CLASS_KEYS.length);
    const many = sessionOf(
      [{}],
      Array.from({ length: CLASS_KEYS.length + 3 }, (_, n) => `класс ${n}`),
    );
    CLASS_KEYS.forEach((key, id) => {
      expect(labels(press(many, key).session)).toEqual({ 1: `класс ${id}` });
    });
  });

  test('closes the page of keys, and does nothing else', () => {
    const { ui, actions } = press(three, '?', '1');
    expect(ui.isHelp).toBe(false);
    expect(actions).toEqual([]);
  });
});

describe('a class is found', () => {
  test('by a part of its name, in any case and with е for ё; what begins so comes first', () => {
    const classes = ['одежда', 'Детская одежда', 'счётчики', 'пледы'];
    expect(foundClasses(classes, 'ОДЕ')).toEqual(['одежда', 'Детская одежда']);
    expect(foundClasses(classes, 'счет')).toEqual(['счётчики']);
    expect(foundClasses(classes, '')).toEqual(classes);
    expect(foundClasses(classes, 'нет')).toEqual([]);
  });

  test('and given by Enter; arrows choose, Esc and an empty line give up', () => {
    expect(labels(press(three, '/', 'О', 'down', 'enter').session)).toEqual({ 1: 'обувь' });
    expect(labels(press(three, '/', 'п', 'о', 'с', 'enter').session)).toEqual({ 1: 'посуда' });
    expect(press(three, '/', 'о', 'esc').ui.query).toBeUndefined();
    expect(press(three, '/', 'о', 'backspace', 'backspace').ui.query).toBeUndefined();
    const nothing = press(three, '/', 'ъ', 'enter');
    expect(nothing.actions).toEqual([]);
    expect(nothing.ui.message).toBe('no class is called so');
  });

  test('and keys of its name are letters, not commands', () => {
    const { actions, ui, isQuit } = press(three, '/', 'q', 'x', '1', 'space', 'ы');
    expect(actions).toEqual([]);
    expect(isQuit).toBe(false);
    expect(ui.query).toBe('qx1 ы');
  });
});

test('whatever is pressed, u takes the last decision back and leads to it', () => {
  const anyName = fc.constantFrom(
    ...['1', '2', '3', 'enter', 's', 'x', 'left', 'right', 'tab', 'G', '?', '/', 'о', 'esc', 'pagedown', 'u'],
  );
  fc.assert(
    fc.property(fc.array(anyName, { maxLength: 25 }), fc.constantFrom('1', 's', 'x'), (names, decision) => {
      const { session: before, ui } = press(three, ...names, 'esc', 'esc');
      expect(ui.query).toBeUndefined();
      const after = press(before, decision, 'left', 'G', 'u').session;
      expect(after.decisions).toEqual(before.decisions);
      expect(after.at).toBe(before.at);
    }),
  );
});
