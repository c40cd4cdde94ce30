/** The program as people have it: in a real terminal, beside real trainings. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startApi } from './testing/api.ts';
import { hasTmux, openTmux, type Tmux } from './testing/tmux.ts';
import {
  eventsIn,
  OTZYV_TUI,
  startTraining,
  type Training,
  trainArguments,
  until,
  workFolder,
} from './testing/training.ts';

const folder = workFolder();
const at = (...parts: string[]) => join(folder, ...parts);
let training: Training;
let tmux: Tmux | undefined;

const SIZE = { width: 100, height: 30 };
function open(args: string, { width, height } = SIZE, env: Record<string, string> = {}): Tmux {
  tmux = openTmux(`node ${OTZYV_TUI} ${args}`, { width, height, cwd: folder, env });
  return tmux;
}
const has = (text: string) => (picture: string) => picture.includes(text);

afterEach(() => tmux?.close());
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

test('without a terminal it says so, and what to read instead', () => {
  const { status, stderr } = spawnSync(process.execPath, [OTZYV_TUI, '.'], { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/^error the monitor needs a terminal.*\n help .*events\.jsonl/),
  ]);
});

describe.skipIf(!hasTmux)('in a terminal', () => {
  beforeAll(async () => {
    mkdirSync(at('runs'));
    training = startTraining(folder, 'runs/live');
    await until(() => eventsIn(at('runs/live')).includes('"confusion"'));
  });
  afterAll(async () => {
    training?.process.kill('SIGKILL');
    await training?.ended;
  });

  test.each([
    [200, 50],
    [100, 30],
    [60, 20],
  ])('a live training is followed at %i × %i', async (width, height) => {
    const { until: sees, press, lines } = open('', { width, height });
    await sees(has('live'));
    press('Enter');
    await sees(has('smoothed'));
    const step = () => Number(/step +([\d,]+) of/.exec(lines().join('\n'))?.[1]?.replaceAll(',', ''));
    const before = step();
    await sees(() => step() > before);
    for (const [key, said] of [
      ['2', 'Gradient norm'],
      ['3', 'the worst first'],
      ['4', 'Confusion matrix'],
      ['5', 'The review'],
      ['6', 'lines'],
      ['7', 'learningRate'],
    ] as const) {
      press(key);
      const picture = await sees((text) => text.includes(said) || (key === '2' && text.includes('Loss')));
      expect(picture.split('\n')[0]).toMatch(/^live/);
      expect(lines()).toHaveLength(height);
      expect(lines().at(-1)).toMatch(/^\? keys/);
    }
    press('q');
    await sees(has('ended with 0'));
  });

  test('a training is paused, saved, let go on and stopped from it', async () => {
    const { until: sees, press } = open(`-- ${trainArguments('runs/steered').join(' ')}`);
    const told = () => eventsIn(at('runs/steered'));
    await sees(has('smoothed'));
    press('p');
    await sees(has('paused'));
    expect(told()).toContain('run.paused');
    press('c', 'r');
    await sees(has('training'));
    await until(() => told().includes('run.unpaused'));
    press('s');
    await sees(has('Stop after this epoch'));
    press('y');
    await sees(has('finished'));
    expect(told()).toContain('"status":"stopped"');
    press('q');
    await sees(has('ended with 0'));
  });

  test('leaving it, and losing the terminal, leave the training as it is', async () => {
    const { until: sees, press, close } = open(`-- ${trainArguments('runs/left').join(' ')}`);
    await sees(has('smoothed'));
    press('q');
    const said = await sees(has('ended with 0'));
    expect(said).toContain('The training goes on');
    close();
    const before = eventsIn(at('runs/left')).length;
    await until(() => eventsIn(at('runs/left')).length > before);
    const lock = JSON.parse(readFileSync(at('runs/left/run.lock'), 'utf8')) as { pid: number };
    const { until: seesAgain } = open('runs/left');
    await seesAgain(has('training'));
    process.kill(lock.pid, 'SIGKILL');
    await seesAgain(has('killed'));
  });

  test('a training that does not begin is told of, with what it said', async () => {
    const { until: sees } = open('-- train --train nowhere.csv --output runs/never');
    const said = await sees(has('ended with 2'));
    expect(said).toContain('nowhere.csv');
  });

  test('runs of another machine are followed and steered through its API', async () => {
    const api = await startApi(folder);
    try {
      const { until: sees, press } = open(`--url ${api.url}`);
      await sees(has('live'));
      press('Enter');
      await sees(has('smoothed'));
      press('p');
      await sees(has('paused'));
      press('r');
      await sees(has('training'));
      press('4');
      await sees(has('Confusion matrix'));
    } finally {
      await api.stop();
    }
  });

  describe('the terminal is given back', () => {
    /** Dies when it is told to by a file. */
    const CRASH = `
      import { existsSync } from 'node:fs';
      setInterval(() => { if (existsSync('crash')) throw new Error('a crash'); }, 20).unref();`;

    const begin = async (env: Record<string, string> = {}) => {
      const command = `sh -c 'echo $$ > pid; exec node ${OTZYV_TUI} runs/live'`;
      tmux = openTmux(command, { ...SIZE, cwd: folder, env });
      await tmux.until(has('smoothed'));
      expect(tmux.screen()).toEqual({ isAlternate: true, hasCursor: false });
      return tmux;
    };
    const GIVEN_BACK = { isAlternate: false, hasCursor: true };

    test.each([
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)('after %s', async (signal, code) => {
      const { until: sees, screen } = await begin();
      process.kill(Number(readFileSync(at('pid'), 'utf8')), signal);
      await sees(has(`ended with ${code}`));
      expect(screen()).toEqual(GIVEN_BACK);
    });

    test('after a crash, which is told', async () => {
      writeFileSync(at('crash.mjs'), CRASH);
      const { until: sees, screen } = await begin({ NODE_OPTIONS: `--import=${at('crash.mjs')}` });
      writeFileSync(at('crash'), '');
      const said = await sees(has('ended with 1'));
      rmSync(at('crash'));
      expect(said).toContain('Error: a crash');
      expect(screen()).toEqual(GIVEN_BACK);
    });
  });

  test('a storm of resizing leaves a whole picture', async () => {
    const { until: sees, resize, lines } = open('runs/live');
    await sees(has('smoothed'));
    for (let i = 0; i < 40; i++) resize(60 + ((i * 37) % 140), 12 + ((i * 11) % 40));
    resize(120, 36);
    const isWhole = () => {
      const now = lines();
      const titles = now.filter((line) => line.startsWith('live'));
      return (
        now.length === 36 &&
        now[0]?.startsWith('live') &&
        titles.length === 1 &&
        now[35]?.startsWith('? keys')
      );
    };
    await sees(() => isWhole() === true);
    expect(lines()[1]).toBe(
      '1 Overview   2 Charts   3 Classes   4 Confusion   5 Examples   6 Log   7 Config',
    );
  });

  test('without colours and without Unicode it can be read', async () => {
    const { until: sees, colored, text } = open('runs/live', SIZE, { NO_COLOR: '1', LC_ALL: 'C' });
    await sees(has('smoothed'));
    expect(text()).toMatch(/^[\x20-\x7e\n]*$/);
    expect(colored()).not.toContain('\x1b[3');
  });

  test('Ctrl-Z gives the terminal back to the shell, and fg takes it again', async () => {
    tmux = openTmux('bash --norc -i', { ...SIZE, cwd: folder, env: { PS1: 'ready ' } });
    const { until: sees, press, screen } = tmux;
    await sees(has('ready'));
    press(...`node ${OTZYV_TUI} runs/live`.split(''), 'Enter');
    await sees(has('smoothed'));
    press('C-z');
    await sees((text) => text.includes('Stopped') && !text.includes('smoothed'));
    expect(screen()).toEqual({ isAlternate: false, hasCursor: true });
    press('f', 'g', 'Enter');
    await sees(has('smoothed'));
    press('4');
    await sees(has('Confusion matrix'));
    press('q');
    await sees((text) => text.includes('ready') && !text.includes('Confusion matrix'));
    expect(screen()).toEqual({ isAlternate: false, hasCursor: true });
  });

  test('a terminal that can only be written to gets a picture for a key', async () => {
    const { until: sees, text, press, screen } = open('runs/live', SIZE, { TERM: 'dumb' });
    await sees(has('smoothed'));
    expect(screen().isAlternate).toBe(false);
    press('4');
    await sees(has('Confusion matrix'));
    expect(text()).toMatch(/^[\x20-\x7e\n]*$/);
    press('q');
    await sees(has('ended with 0'));
  });
});
