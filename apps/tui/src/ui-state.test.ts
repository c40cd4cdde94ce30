import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEYS } from './keys.ts';
import { type Effect, type Extent, placeOf, pressed, rowAt, startUi, TABS, type Ui } from './ui-state.ts';

const extent: Extent = { runIds: ['a', 'b', 'c'], rows: 3, columns: 0, page: 10 };

/** @returns where the keys lead, and what they did beyond the screen */
function after(keys: string, ui: Ui = startUi({ at: 'runs' }), of: Extent = extent) {
  const effects: Effect[] = [];
  for (const name of keys.split(' ')) {
    const next = pressed(ui, name, of);
    ui = next.ui;
    if (next.effect !== undefined) effects.push(next.effect);
  }
  return { ui, effects };
}

const run = startUi({ at: 'run', id: 'a' });

test('the run under the cursor is opened, and Esc leads back to it', () => {
  const { ui } = after('j j k enter');
  expect(ui.looking).toEqual({ at: 'run', id: 'b' });
  expect(after('esc', ui).ui.looking).toEqual({ at: 'runs' });
});

test('marked runs are compared', () => {
  const { ui } = after('space j space enter');
  expect(ui.looking).toEqual({ at: 'compare', ids: ['a', 'c'] });
  expect(after('space k space').ui.marked).toEqual([]);
});

test('tabs by number, by Tab around, and by left and right', () => {
  const tabs = (keys: string) => after(keys, run).ui.tab;
  expect(tabs('4')).toBe('confusion');
  expect(tabs('tab')).toBe('charts');
  expect(tabs('shift+tab')).toBe('config');
  expect(tabs('l l h')).toBe('charts');
  // where there are columns, they are what is moved over
  const { ui } = after('4 l l', run, { ...extent, columns: 2 });
  expect([ui.tab, ui.columns.confusion]).toEqual(['confusion', 1]);
});

test('a training is steered; to stop it is asked for twice', () => {
  expect(after('p r c', run).effects).toEqual(
    ['pause', 'resume', 'checkpoint'].map((command) => ({ kind: 'send', id: 'a', command })),
  );
  expect(after('s', run)).toMatchObject({ ui: { isAsking: true }, effects: [] });
  expect(after('s n', run)).toMatchObject({ ui: { isAsking: false }, effects: [] });
  expect(after('s y', run)).toMatchObject({
    ui: { isAsking: false },
    effects: [{ kind: 'send', id: 'a', command: 'stop-after-epoch' }],
  });
});

test('what is typed into a filter is no command, and Esc takes it back', () => {
  const { ui, effects } = after('6 / q p enter', run);
  expect([ui.filters.log, effects]).toEqual(['qp', []]);
  expect(after('/ q backspace x enter', run).ui.filters.overview).toBe('x');
  expect(after('esc', ui).ui.filters.log).toBe('');
  expect(after('esc', ui).ui.looking).toEqual({ at: 'run', id: 'a' });
});

test('the log is followed until one goes up, and again at its end', () => {
  const long = { ...extent, rows: 100 };
  const log = (keys: string) => after(keys, run, long).ui.rows.log;
  expect(log('6')).toBe(Infinity);
  expect(log('6 k')).toBe(98);
  expect(log('6 k j')).toBe(Infinity);
  expect(log('6 g')).toBe(0);
  expect(log('6 g G')).toBe(Infinity);
});

test('a chart is enlarged, and Esc shrinks it before it leads back', () => {
  const { ui } = after('2 enter', run);
  expect(ui.isEnlarged).toBe(true);
  expect(after('esc', ui).ui).toMatchObject({ isEnlarged: false, looking: { at: 'run' } });
});

describe('whatever is pressed', () => {
  const keys = fc.array(fc.constantFrom(...KEYS.flatMap((binding) => binding.keys), 'x', 'ж', 'y'), {
    maxLength: 40,
  });
  const extents = fc.record({
    runIds: fc.constant(['a', 'b', 'c']),
    rows: fc.integer({ min: 0, max: 9 }),
    columns: fc.integer({ min: 0, max: 4 }),
    page: fc.integer({ min: 0, max: 9 }),
  });

  test('the cursor stays on what there is, and one stands somewhere', () => {
    fc.assert(
      fc.property(keys, extents, (names, of) => {
        let ui = startUi({ at: 'runs' });
        for (const name of names) {
          ({ ui } = pressed(ui, name, of));
          expect(rowAt(ui, of)).toBeGreaterThanOrEqual(0);
          expect(rowAt(ui, of)).toBeLessThanOrEqual(Math.max(0, of.rows - 1));
          expect(TABS).toContain(ui.tab);
          expect(['runs', 'compare', ...TABS]).toContain(placeOf(ui));
        }
      }),
    );
  });

  test('Ctrl-C leaves, and Ctrl-Z goes to the shell and comes back to what was there', () => {
    fc.assert(
      fc.property(keys, (names) => {
        let ui = startUi({ at: 'run', id: 'a' });
        for (const name of names) ({ ui } = pressed(ui, name, extent));
        expect(pressed(ui, 'ctrl+c', extent).effect).toEqual({ kind: 'quit' });
        expect(pressed(ui, 'ctrl+z', extent)).toEqual({ ui, effect: { kind: 'suspend' } });
      }),
    );
  });
});
