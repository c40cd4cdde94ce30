/** The labelling screen at the sizes it is used in: what a person reads on it, and that nothing is wider or higher than it. */
import { apply, type LabellingAction, type LabellingItem, type WordWeight } from '@otzyv/trainer';
import { render } from 'ink-testing-library';
import stringWidth from 'string-width';
import { afterEach, describe, expect, test } from 'vitest';
import { themeOf } from '../terminal/theme.ts';
import { sessionOf } from '../testing/label-sessions.ts';
import { ThemeContext } from '../views/theme-context.ts';
import { LabelApp } from './label-app.tsx';
import type { LabelViewProps } from './label-props.ts';
import { START_UI } from './label-state.ts';
import { LabelView } from './label-view.tsx';

const CLASSES = [
  ...['бытовая техника', 'нет товара', 'обувь', 'одежда', 'посуда', 'текстиль'],
  ...['товары для детей', 'украшения и аксессуары', 'электроника'],
];
const [unicode, ascii] = [true, false].map((hasUnicode) => themeOf({ hasUnicode, colors: 'none' })) as [
  ReturnType<typeof themeOf>,
  ReturnType<typeof themeOf>,
];

const REVIEW: Partial<LabellingItem> = {
  text: 'Чайник течёт по шву, продавец не отвечает. Вернула деньги через месяц 😡',
  label: 'электроника',
  labelProbability: 0.031,
  suggestions: [
    { label: 'бытовая техника', probability: 0.62 },
    { label: 'посуда', probability: 0.31 },
  ],
  note: 'its label is probably wrong',
  second: 'посуда',
};
const WORDS: WordWeight[] = [
  { word: 'Чайник', start: 0, end: 6, weight: 0.31 },
  { word: 'течёт', start: 7, end: 12, weight: 0.22 },
  { word: 'продавец', start: 21, end: 29, weight: -0.05 },
];
const session = sessionOf([REVIEW, { ...REVIEW, second: 'посуда' }, {}], CLASSES);
const decide = (row: number, label: string, seconds: number): LabellingAction => ({
  ...{ type: 'decide', row, verdict: { kind: 'label', label }, time: seconds * 1000 },
});

interface Look extends Partial<LabelViewProps> {
  readonly size?: { width: number; height: number };
  readonly theme?: typeof unicode;
}

function frameOf({ size = { width: 100, height: 30 }, theme = unicode, ...props }: Look = {}): string {
  const { lastFrame, unmount } = render(
    <ThemeContext.Provider value={theme}>
      <LabelView
        {...{ session, ui: START_UI, file: 'a.csv', output: 'b.csv', words: WORDS, ...props }}
        {...size}
      />
    </ThemeContext.Provider>,
  );
  const frame = lastFrame() ?? '';
  unmount();
  return frame;
}

describe('the screen', () => {
  test('shows the review, the suggestion, the words that mattered, the classes with their keys', () => {
    const frame = frameOf();
    expect(frame).toMatch(/^a\.csv → b\.csv .* 0 of 3 done\n/);
    expect(frame).toContain('Чайник течёт по шву, продавец не отвечает. Вернула деньги через');
    expect(frame).toMatch(/suggested {4}бытовая техника 62 % {2}посуда 31 %/);
    expect(frame).toMatch(/because {6}Чайник \+0\.31 {2}течёт \+0\.22 {2}продавец −0\.05/);
    expect(frame).toMatch(/in the file {2}электроника 3 %/);
    expect(frame).toContain('its label is probably wrong');
    expect(frame).toMatch(/▸ 1 бытовая техника/);
    expect(frame).toMatch(/9 электроника/);
    expect(frame).toMatch(/\? keys {2}q leave {2}1-9 label {2}Enter as suggested {2}u undo/);
  });

  test('tells what was decided, how fast, and how far two people agree: but not before one has decided', () => {
    expect(frameOf()).not.toContain('the other');
    let labelled = apply(session, decide(1, 'бытовая техника', 0));
    labelled = apply(labelled, decide(2, 'посуда', 6));
    labelled = apply(labelled, { type: 'go', row: 1 });
    const frame = frameOf({ session: labelled });
    expect(frame).toContain('2 of 3 done');
    expect(frame).toContain('review 1 of 3 · row 1  ◆ бытовая техника');
    expect(frame).toMatch(/the other {4}посуда/);
    expect(frame).toMatch(/◆ 1 бытовая техника +1\n/);
    expect(frame).toMatch(/pace +10 a minute/);
    expect(frame).toMatch(/agreement κ 0\.00 \(/);
    expect(frame).toContain('same on 1 of 2');
  });

  test('says when all are done', () => {
    const done = [1, 2, 3].reduce((state, row) => apply(state, decide(row, 'обувь', row)), session);
    expect(frameOf({ session: done })).toContain('all are done: q leaves and writes the file');
  });

  test('shows all keys', () => {
    const frame = frameOf({ ui: { ...START_UI, isHelp: true }, size: { width: 60, height: 20 } });
    for (const words of ['Keys of labelling', '1 - 9', 'Enter', 'take the last', 'any key closes'])
      expect(frame).toContain(words);
  });

  test('shows the classes that were found, and what Enter would give', () => {
    const frame = frameOf({ ui: { ...START_UI, query: 'о', chosen: 1 } });
    expect(frame).toMatch(/3 обувь[\s\S]*4 \[одежда\]/);
    expect(frame).not.toContain('текстиль');
    expect(frame).toContain('/о▏  Enter gives одежда, Esc goes back');
  });

  test('scrolls a long text, and says how much is above and below', () => {
    const long = sessionOf(
      [{ text: Array.from({ length: 60 }, (_, n) => `строка ${n}`).join('\n') }],
      CLASSES,
    );
    expect(frameOf({ session: long })).toMatch(/строка 0\b[\s\S]* lines below \(PgUp, PgDn\)/);
    const scrolled = frameOf({ session: long, ui: { ...START_UI, scroll: 40 } });
    expect(scrolled).toContain('строка 40');
    expect(scrolled).toMatch(/40 lines above/);
    expect(scrolled).not.toContain('строка 39');
  });

  test('without Unicode is read in Latin letters, and has no other', () => {
    const frame = frameOf({ theme: ascii });
    expect(frame).toContain('a.csv -> b.csv');
    expect(frame).toContain('Chaynik techyot po shvu');
    expect(frame).toMatch(/> 1 bytovaya tekhnika/);
    expect(frame.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/);
  });

  test.each([
    [100, 30],
    [84, 24],
    [60, 20],
    [40, 12],
    [200, 50],
    [20, 5],
  ])('fits into %i×%i, whatever is on it', (width, height) => {
    const many = Array.from({ length: 40 }, (_, n) => `класс с длинным названием ${n}`);
    for (const classes of [CLASSES, many, ['а', 'б']]) {
      const one = sessionOf(
        [{ ...REVIEW, second: 'посуда', text: `${REVIEW.text} ${'слово 👍🏽 '.repeat(300)}` }],
        [...classes, ...CLASSES.filter((label) => !classes.includes(label))],
      );
      for (const state of [one, apply(apply(one, decide(1, 'посуда', 0)), decide(1, 'обувь', 5))]) {
        for (const ui of [START_UI, { ...START_UI, query: '' }, { ...START_UI, message: 'что-то' }]) {
          const lines = frameOf({ size: { width, height }, session: state, ui }).split('\n');
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        }
      }
    }
  });

  test('60 columns wide has the classes under the text, and all that matters', () => {
    const frame = frameOf({ size: { width: 60, height: 20 } });
    for (const words of [
      'Чайник течёт',
      'suggested',
      'because',
      '▸ 1 бытовая техника',
      '9 электроника',
      '? keys',
    ])
      expect(frame).toContain(words);
  });
});

describe('the app', () => {
  const opened: { unmount(): void }[] = [];
  afterEach(() => {
    for (const one of opened.splice(0)) one.unmount();
  });

  function open(more: Partial<Parameters<typeof LabelApp>[0]> = {}) {
    const saved: LabellingAction[] = [];
    let state = session;
    const app = render(
      <LabelApp
        {...{ file: 'a.csv', output: 'b.csv', session, theme: unicode }}
        onAct={(action) => {
          saved.push(action);
          state = apply(state, action);
          return state;
        }}
        {...more}
      />,
    );
    opened.push(app);
    const shows = async (wanted: string) => {
      while (!app.lastFrame()?.includes(wanted)) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    return { ...app, saved, shows };
  }

  test('saves every key before it shows what it did, also of keys that come together', async () => {
    const { stdin, saved, shows } = open();
    await shows('0 of 3 done');
    stdin.write('35');
    await shows('2 of 3 done');
    expect(saved).toMatchObject([
      { type: 'decide', row: 1, verdict: { kind: 'label', label: 'обувь' } },
      { type: 'decide', row: 2, verdict: { kind: 'label', label: 'посуда' } },
    ]);
    stdin.write('u');
    await shows('1 of 3 done');
    stdin.write('/од\r');
    await shows('2 of 3 done');
    expect(saved.at(-1)).toMatchObject({ row: 2, verdict: { label: 'одежда' } });
  });

  test('takes Esc and the key after it for two, when a busy machine reads them as one', async () => {
    const { stdin, shows } = open();
    await shows('0 of 3 done');
    stdin.write('/о');
    await shows('Esc goes back');
    stdin.write('\x1b3');
    await shows('1 of 3 done');
  });

  test('asks for the words of what is looked at, once, and gives up where one has gone on', async () => {
    const asked: { text: string; label: string; signal: AbortSignal }[] = [];
    let answer: ((words: WordWeight[]) => void) | undefined;
    const { stdin, shows } = open({
      explain: (text, label, signal) => {
        asked.push({ text, label, signal });
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    await shows('because      …');
    while (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).toMatchObject([{ text: REVIEW.text, label: 'бытовая техника' }]);
    answer(WORDS);
    await shows('Чайник +0.31');
    stdin.write('l');
    await shows('review 2 of 3');
    while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    stdin.write('h');
    await shows('review 1 of 3');
    await shows('Чайник +0.31');
    while (asked[1]?.signal.aborted !== true) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).toHaveLength(2);
  });

  test('ends with what could not be saved, and has not done it', async () => {
    let tried = 0;
    const { stdin, lastFrame, shows } = open({
      onAct: () => {
        tried++;
        throw new Error('no space left');
      },
    });
    await shows('0 of 3 done');
    stdin.write('3');
    while (tried === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(lastFrame()).not.toContain('1 of 3 done');
  });
});
