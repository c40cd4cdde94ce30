/** What stands on the screen, of a run that is told by events, at the sizes of terminals that people have. */
import { describe, expect, test } from 'vitest';
import { ASCII, pictureOf, UNICODE, widest } from '../testing/render-at.tsx';
import { eventsOf, FINISHED, LABELS, stateOf, watchedRun } from '../testing/runs.ts';
import { startUi, TABS, type Ui } from '../ui-state.ts';
import { Compare, differencesOf } from './compare.tsx';
import { settingsOf } from './config.tsx';
import { Confusion, confusionsOf } from './confusion.tsx';
import { Help } from './help.tsx';
import { RunScreen } from './run-screen.tsx';
import { TabBar } from './title.tsx';

const NOW = Date.parse('2026-01-01T10:10:00Z');
const looking: Ui = startUi({ at: 'run', id: 'tiny' });
const SIZES = [
  [200, 47],
  [100, 26],
  [60, 17],
  [60, 12],
  [40, 8],
] as const;

const screen = (tab: Ui['tab'], width: number, height: number, run = watchedRun(), ui: Partial<Ui> = {}) => (
  <RunScreen run={run} ui={{ ...looking, tab, ...ui }} now={NOW} width={width} height={height} />
);

describe.each(SIZES)('at %i × %i', (width, height) => {
  test.each(TABS)('%s keeps to its room, with and without Unicode', (tab) => {
    for (const theme of [UNICODE, ASCII]) {
      const picture = pictureOf(screen(tab, width, height), width, height, theme);
      expect(widest(picture)).toBeLessThanOrEqual(width);
      expect(picture.split('\n').length).toBeLessThanOrEqual(height);
      expect(picture.trim()).not.toBe('');
    }
    expect(pictureOf(screen(tab, width, height), width, height, ASCII)).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('a run that has told of nothing is a picture, too', () => {
    for (const tab of TABS) {
      const run = { ...watchedRun(), state: stateOf({ steps: 0 }) };
      expect(widest(pictureOf(screen(tab, width, height, run), width, height))).toBeLessThanOrEqual(width);
    }
  });
});

test('the overview says how far it is, how well, how fast, and what it takes', () => {
  const picture = pictureOf(screen('overview', 120, 40, watchedRun({ steps: 15 })), 120, 40);
  expect(picture).toMatch(/━+─+ {2}50 % {2}0:1\d left/);
  expect(picture).toMatch(/epoch +1\.50 of 3/);
  expect(picture).toMatch(/step +15 of 30/);
  expect(picture).toMatch(/best +weighted F1 0\.6100 at step 10/);
  expect(picture).toMatch(/checkpoint +step 10, 9 min ago · the best/);
  expect(picture).toMatch(/speed +35\.6 examples\/s · 533 tokens\/s/);
  expect(picture).toMatch(/machine +CPU 187 % · 1\.2 GB/);
  expect(picture).toContain('Loss');
  expect(picture).toContain('evaluated at step 10: the best so far');
});

test('a GPU is shown where there is one', () => {
  const gpu = { name: 'H100', utilisationPercent: 92, memoryBytes: 12e9, memoryTotalBytes: 80e9 };
  const last = [{ type: 'resources', cpuPercent: 90, memoryBytes: 2e9, gpus: [gpu] }] as const;
  expect(pictureOf(screen('overview', 120, 40, watchedRun({ steps: 15, last })), 120, 40)).toMatch(
    /GPU +92 % · 12\.0 GB of 80\.0 GB · H100/,
  );
});

test('the best evaluation is marked, and stays in view', () => {
  const marked = (height: number) =>
    pictureOf(screen('overview', 120, height), 120, height)
      .split('\n')
      .filter((line) => line.includes('★'));
  expect(marked(40)).toEqual([expect.stringMatching(/★ +2 +20 +0\.8100/)]);
  expect(marked(16)).toEqual([expect.stringMatching(/★ +2 +20 +0\.8100/)]);
});

test('classes stand with the worst first, each with its bar and numbers', () => {
  const rows = pictureOf(screen('classes', 100, 20), 100, 20)
    .split('\n')
    .slice(2, 6);
  expect(rows.map((row) => LABELS.find((label) => row.includes(label)))).toEqual([
    'украшения и аксессуары',
    'обувь',
    'товары для детей',
    'бытовая техника',
  ]);
  expect(rows[3]).toMatch(/0\.9302 +█{20,}.*21 +0\.9091 +0\.9524/);
});

test('the classes of the best evaluation stand beside those of the latest', () => {
  expect(pictureOf(screen('classes', 110, 20), 110, 20)).toContain('at best');
  expect(pictureOf(screen('classes', 110, 20, watchedRun({ epochs: 2 })), 110, 20)).not.toContain('at best');
});

describe('the confusion matrix', () => {
  const state = stateOf();
  const confusion = state.confusion;
  const at = (truth: number, answer: number) => ({ truth, answer, step: 30, confusion });

  test('has a row for each truth, named in full, with every number', () => {
    const lines = pictureOf(<Confusion {...at(0, 0)} width={100} height={26} />, 100, 26).split('\n');
    for (const [id, label] of LABELS.entries()) {
      const row = lines.find((line) => line.startsWith(`${id + 1} ${label}`)) ?? '';
      expect(row.match(/\d+|·/g)?.slice(1)).toEqual(
        confusion?.matrix[id]?.map((count) => (count === 0 ? '·' : String(count))),
      );
    }
  });

  test('says in words what the cell under the cursor means', () => {
    const said = (truth: number, answer: number) =>
      pictureOf(<Confusion {...at(truth, answer)} width={100} height={26} />, 100, 26);
    expect(said(1, 2)).toContain('обувь → товары для детей: 5 of 14 (36 %)');
    expect(said(0, 0)).toContain('бытовая техника: 20 of 21 told rightly (95 %)');
  });

  test('names the largest confusions, the most frequent first', () => {
    expect(confusionsOf(confusion ?? { labels: [], matrix: [] }).map(({ count }) => count)).toEqual([
      5, 3, 2, 1,
    ]);
    const picture = pictureOf(<Confusion {...at(0, 0)} width={160} height={26} />, 160, 26);
    expect(picture).toMatch(/5 {2}обувь → товары для детей +36 %/);
  });

  test('of more classes than fit shows those around the cursor', () => {
    const labels = Array.from({ length: 40 }, (_, i) => `класс ${i}`);
    const matrix = labels.map((_, i) => labels.map((_, j) => (i === j ? 5 : 0)));
    const shown = pictureOf(
      <Confusion confusion={{ labels, matrix }} step={1} truth={37} answer={37} width={60} height={16} />,
      60,
      16,
    );
    expect(shown).toContain('38 класс 37');
    expect(shown).not.toContain(' 1 класс 0');
    expect(shown).toContain('класс 37: 5 of 5 told rightly (100 %)');
    expect(widest(shown)).toBeLessThanOrEqual(60);
  });

  test('is shaded where there is colour', () => {
    const shades = UNICODE.glyphs.shades.slice(1).join('');
    expect(pictureOf(<Confusion {...at(0, 0)} width={100} height={26} />, 100, 26)).toMatch(
      new RegExp(`[${shades}]`),
    );
  });
});

test('the hardest reviews are listed, and the chosen one can be read whole', () => {
  const picture = pictureOf(screen('examples', 100, 20, watchedRun(), { rows: { examples: 1 } }), 100, 20);
  expect(picture).toContain('97 %  обувь');
  expect(picture).toContain('truly украшения и аксессуары, answered обувь with 90 %');
  expect(picture).toContain('\nЦепочка порвалась сразу');
});

test('log lines and settings are filtered', () => {
  const log = (filter: string) =>
    pictureOf(screen('log', 100, 20, watchedRun(), { filters: { log: filter } }), 100, 20);
  expect(log('')).toContain('training micro on reviews.csv');
  expect(log('ОБУВЬ')).toContain('! «обувь» has few reviews');
  expect(log('ОБУВЬ')).not.toContain('training micro');
  const config = pictureOf(screen('config', 100, 20, watchedRun(), { filters: { config: 'rate' } }), 100, 20);
  expect(config).toMatch(/learningRate +0\.0003/);
  expect(config).not.toContain('batchSize');
});

test('the log can be read from any line on', () => {
  const all = eventsOf({ epochs: 30 });
  const run = watchedRun({ epochs: 30 });
  const at = (row: number) => pictureOf(screen('log', 100, 6, run, { rows: { log: row } }), 100, 6);
  expect(all.length).toBeGreaterThan(300);
  expect(at(Infinity)).toContain('checkpoint at step 300');
  expect(at(0)).toContain('training micro');
  expect(at(0)).not.toContain('checkpoint at step 300');
});

test('runs are compared over one another, with what differs in their configs', () => {
  const runs = [watchedRun(), { ...watchedRun({ learningRate: 1e-3, epochs: 4 }), id: 'search:trials:002' }];
  const differences = differencesOf(runs.map(({ state }) => settingsOf(state)));
  expect(differences).toEqual([
    { name: 'epochs', values: ['3', '4'] },
    { name: 'learningRate', values: ['0.0003', '0.001'] },
  ]);
  const picture = pictureOf(
    <Compare {...{ runs, differences }} first={0} width={120} height={30} />,
    120,
    30,
  );
  expect(picture).toMatch(/1 tiny/);
  expect(picture).toMatch(/2 search\/trials\/002/);
  expect(picture).toMatch(/learningRate +0\.0003 +0\.001/);
});

test('the page of keys names every one, also on a short terminal', () => {
  const picture = pictureOf(<Help scope="run" width={120} height={16} />, 120, 16);
  for (const said of ['pause the training', 'save a checkpoint', 'leave; trainings go on'])
    expect(picture).toContain(said);
});

test('the tabs have their names in full where they can', () => {
  for (const width of [200, 100, 80, 60])
    expect(pictureOf(<TabBar width={width} tab="overview" />, width, 1)).toMatch(
      /OVERVIEW.*Charts.*Classes.*Confusion.*Examples.*Log.*Config/,
    );
  expect(widest(pictureOf(<TabBar width={30} tab="confusion" />, 30, 1))).toBeLessThanOrEqual(30);
});

test('a run that was killed is told apart from one that goes on and one that is done', () => {
  expect(watchedRun({ steps: 5 }, null).status).toBe('killed');
  expect(watchedRun({ steps: 5 }).status).toBe('running');
  expect(watchedRun({ last: [FINISHED] }, null).status).toBe('finished');
});
