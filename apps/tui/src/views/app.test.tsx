/** The monitor as it is used: keys in, pictures out. */
import { afterEach, describe, expect, test } from 'vitest';
import { ASCII, type ShownAt, showAt, UNICODE, widest } from '../testing/render-at.tsx';
import { FINISHED, stateOf, toldSource } from '../testing/runs.ts';
import type { Looking } from '../ui-state.ts';
import { App } from './app.tsx';

let shown: ShownAt | undefined;
afterEach(() => shown?.unmount());

function open(
  {
    start = { at: 'runs' },
    isRunning = true,
    state = stateOf({ steps: 15 }),
  }: { start?: Looking; isRunning?: boolean; state?: ReturnType<typeof stateOf> } = {},
  [width, height]: readonly [number, number] = [100, 30],
  theme = UNICODE,
) {
  const source = toldSource({ tiny: state, 'search:trials:002': stateOf({ learningRate: 1e-3 }) }, isRunning);
  const copied: string[] = [];
  shown = showAt(
    <App source={source} start={start} theme={theme} onCopy={(text) => copied.push(text)} />,
    width,
    height,
    theme,
  );
  return { ...shown, source, copied };
}

const has = (text: string) => (picture: string) => picture.includes(text);

test('from the list of runs to the confusion matrix in two keys, by what is read on the screen', async () => {
  const { press, until } = open();
  await until(has('search/trials/002'));
  await press('enter');
  await until(has('4 Confusion'));
  await press('4');
  expect(await until(has('Confusion matrix'))).toContain('2 обувь');
});

test('a training is paused, saved, let go on, and stopped when that is confirmed', async () => {
  const { press, until, source } = open({ start: { at: 'run', id: 'tiny' } });
  await until(has('training'));
  await press('p', 'c', 'r', 's');
  await until(has('Stop after this epoch'));
  expect(source.sent).toEqual(['tiny pause', 'tiny checkpoint', 'tiny resume']);
  await press('y');
  await until(has('asked to stop after this epoch'));
  expect(source.sent.at(-1)).toBe('tiny stop-after-epoch');
});

test('nothing is sent to a run that nobody works on', async () => {
  const { press, until, source } = open({ start: { at: 'run', id: 'tiny' }, isRunning: false });
  await until(has('killed'));
  await press('p');
  await until(has('nothing is at work on this run: it is killed'));
  expect(source.sent).toEqual([]);
});

test('the command that goes on is copied, and shown for those whose terminal copies nothing', async () => {
  const { press, until, copied } = open({ start: { at: 'run', id: 'tiny' }, isRunning: false });
  await until(has('killed'));
  await press('y');
  await until(has('copied: npx otzyv train --resume runs/tiny'));
  expect(copied).toEqual(['npx otzyv train --resume runs/tiny']);
});

test('runs are filtered by what they are called', async () => {
  const { press, until } = open();
  await until(has('tiny'));
  await press('/', 't', 'r', 'i', 'a', 'enter');
  const picture = await until((text) => !/\btiny\b/.test(text));
  expect(picture).toContain('search/trials/002');
});

test('a list that cannot be looked at again stays, and says that it is old', async () => {
  const { source, until } = open();
  await until(has('2 in all'));
  const { list } = source;
  source.list = () => Promise.reject(new Error('nobody answers'));
  expect(await until(has('out of date, trying again'))).toContain('search/trials/002');
  source.list = list;
  await until(has('2 in all'));
});

test('on a short terminal the page of help tells of all but moves', async () => {
  const { press, until } = open({ start: { at: 'run', id: 'tiny' } }, [60, 20]);
  await until(has('training'));
  await press('?');
  const help = await until(has('Keys in a run'));
  for (const key of ['y ', '/ ', 'Esc', 'Ctrl-z', 'q ']) expect(help).toContain(`\n${key}`);
});

test('marked runs are compared', async () => {
  const { press, until } = open();
  await until(has('tiny'));
  await press('space', 'space', 'enter');
  expect(await until(has('learningRate'))).toContain('2 runs compared');
});

test('? shows the keys, and any key goes back', async () => {
  const { press, until } = open({ start: { at: 'run', id: 'tiny' } });
  await until(has('training'));
  await press('?');
  await until(has('Keys in a run'));
  await press('j');
  await until((text) => !text.includes('Keys in a run'));
});

describe('whatever the size', () => {
  test.each([
    [200, 50],
    [100, 30],
    [60, 20],
    [60, 15],
    [30, 8],
    [10, 3],
  ] as const)('%i × %i is filled, and no more', async (width, height) => {
    for (const theme of [UNICODE, ASCII]) {
      const { lines, until, text } = open({ start: { at: 'run', id: 'tiny' } }, [width, height], theme);
      await until((picture) => picture.includes('tiny') && !picture.includes('reading'));
      expect(lines()).toHaveLength(height);
      expect(widest(text())).toBeLessThanOrEqual(width);
      shown?.unmount();
    }
  });

  test('the picture follows the terminal', async () => {
    const { resize, until, text, lines } = open({ start: { at: 'run', id: 'tiny' } });
    await until(has('training'));
    for (const [width, height] of [
      [60, 20],
      [140, 40],
      [41, 11],
      [100, 30],
    ] as const) {
      resize(width, height);
      await until(() => lines().length === height);
      expect(widest(text())).toBeLessThanOrEqual(width);
    }
  });
});

test('a finished run says so, and offers no steering', async () => {
  const { until } = open({ start: { at: 'run', id: 'tiny' }, state: stateOf({ last: [FINISHED] }) });
  expect(await until(has('finished'))).not.toContain('pause');
});
