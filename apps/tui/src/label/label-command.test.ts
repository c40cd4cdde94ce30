/** Labelling as a person does it, in a real terminal: begun, killed, gone on with, left, and trained on. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasTmux, openTmux, type Tmux } from '../testing/tmux.ts';

const BIN = fileURLToPath(new URL('../../bin/otzyv-tui.js', import.meta.url));
const OTZYV = fileURLToPath(new URL('../../../cli/bin/otzyv.js', import.meta.url));
const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/', import.meta.url));

const root = mkdtempSync(join(tmpdir(), 'otzyv-label-'));
const model = join(root, 'model');
let folder: string;
let count = 0;
let terminal: Tmux | undefined;
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), 'utf8');

function inFolder(files: Readonly<Record<string, string>> = {}): void {
  folder = join(root, String(count++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
}

const otzyv = (...args: string[]) =>
  spawnSync(process.execPath, [OTZYV, ...args], { encoding: 'utf8', cwd: folder });

/** otzyv-tui label in a window of its own, which takes the place of the one before. */
function begin(...args: readonly string[]) {
  terminal?.close();
  const command = [process.execPath, BIN, 'label', ...args].map((word) => `'${word}'`).join(' ');
  const window = openTmux(`sh -c 'echo $$ > pid; exec "$@"' sh ${command}`, {
    ...{ width: 100, height: 30, cwd: folder },
  });
  terminal = window;
  const shows = (wanted: RegExp | string) =>
    window.until((text) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)));
  const end = async (signal: NodeJS.Signals) => {
    const pid = Number(read('pid'));
    process.kill(pid, signal);
    while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return { ...window, shows, end };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

beforeAll(() => {
  inFolder();
  const { status, stderr } = otzyv('train', '--train', join(REVIEWS, 'train.csv'), '--output', model);
  expect(status, stderr).toBe(0);
});
afterEach(() => {
  terminal?.close();
  terminal = undefined;
});
afterAll(() => rm(root, { recursive: true }));

const TEXTS = ['чайник', 'кружка', 'тарелка', 'сапоги', 'ботинки', 'туфли'].flatMap((word) => [
  `${word}, хорошее качество`,
  `${word}; не понравилось "совсем"`,
]);
const LABELS = TEXTS.map((_, n) => (n < TEXTS.length / 2 ? 'посуда' : 'обувь'));
const LINES = TEXTS.map((text, n) => `${n};${text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text}`);
const FILE = `id;text\n${LINES.join('\n')}\n`;

describe.skipIf(!hasTmux)('in a terminal', () => {
  test('labels with digits, dies, goes on where it was, and what comes out is trained on', async () => {
    inFolder({ 'a.csv': FILE });
    const classes = ['a.csv', '--classes', 'посуда,обувь'];
    let screen = begin(...classes);
    await screen.shows('0 of 12 done');
    screen.press('11111');
    await screen.shows('5 of 12 done');
    screen.press('2');
    await screen.shows('6 of 12 done');
    screen.press('u');
    await screen.shows(/5 of 12 done[\s\S]*review 6 of 12/);
    await screen.end('SIGKILL');
    expect(existsSync(at('a.labelled.csv'))).toBe(false);

    screen = begin(...classes);
    await screen.shows(/5 of 12 done[\s\S]*review 6 of 12/);
    screen.press('1');
    screen.press('222222');
    await screen.shows('all are done');
    screen.press('q');
    const left = await screen.shows('ended with 0');
    expect(screen.screen()).toEqual({ isAlternate: false, hasCursor: true });
    expect(left).toContain('a.labelled.csv: 12 rows with a label');
    const labelled = LINES.map((line, n) => `${line};${LABELS[n]}`);
    expect(read('a.labelled.csv')).toBe(`id;text;label\n${labelled.join('\n')}\n`);
    const { status, stderr } = otzyv('train', '--train', 'a.labelled.csv', '--output', 'run');
    expect(status, stderr).toBe(0);
  });

  test('a model suggests, Enter takes it; a second person is met; the window may change its size', async () => {
    inFolder();
    const screen = begin(
      ...[join(REVIEWS, 'test.csv'), '--model', model, '--limit', '3'],
      ...['--second', join(REVIEWS, 'test-labelled.csv'), '--output', 'out.jsonl'],
    );
    await screen.shows(/0 of 3 done[\s\S]*suggested[\s\S]*because/);
    screen.press('Enter', 'Enter');
    await screen.shows(/2 of 3 done[\s\S]*same on \d of 2/);
    screen.resize(60, 20);
    await screen.shows(/review 3 of 3[\s\S]*· κ/);
    screen.press('?');
    await screen.shows('Keys of labelling');
    screen.press('Escape');
    await screen.shows('review 3 of 3');
    screen.press('/обу');
    await screen.shows('Enter gives обувь');
    screen.press('Enter');
    await screen.shows('all are done');
    screen.resize(100, 30);
    screen.press('C-c');
    await screen.shows('ended with 0');
    const rows = read('out.jsonl').trimEnd().split('\n');
    expect(rows).toHaveLength(3);
    expect(rows.filter((row) => JSON.parse(row).label === 'обувь').length).toBeGreaterThan(0);
  });

  test('an audit’s findings become decisions that training takes; whoever ends it gets the files all the same', async () => {
    inFolder();
    const train = join(REVIEWS, 'train.csv');
    const { status, stderr } = otzyv('audit', '--train', train, '--output', 'audit.csv');
    expect(status, stderr).toBe(0);
    const screen = begin(train, '--audit', 'audit.csv', '--output', 'out.csv');
    await screen.shows(/review 1 of[\s\S]*in the file[\s\S]*its label is probably wrong/);
    screen.press('x');
    await screen.shows(/ 1 of \d+ done/);
    screen.press('Enter');
    await screen.shows(/ 2 of \d+ done/);
    await screen.end('SIGTERM');
    const left = await screen.shows('ended with 143');
    expect(left).toMatch(/decided audit\.decided\.csv/);
    const decisions = read('audit.decided.csv')
      .split('\n')
      .slice(1, 3)
      .map((line) => line.split(',')[0]);
    expect(decisions[0]).toBe('exclude');
    expect(decisions[1]).not.toBe('');
    for (const args of [
      ['--train', 'out.csv'],
      ['--train', train, '--exclude', 'audit.decided.csv'],
    ]) {
      const trained = otzyv('train', ...args, '--output', 'run', '--overwrite');
      expect(trained.status, trained.stderr).toBe(0);
    }
  });

  test('a terminal that goes away leaves the file, and nothing in the way of the next one', async () => {
    inFolder({ 'a.csv': FILE });
    const screen = begin('a.csv', '--classes', 'посуда,обувь');
    await screen.shows('0 of 12 done');
    screen.press('12');
    await screen.shows('2 of 12 done');
    const pid = Number(read('pid'));
    screen.close();
    while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(read('a.labelled.csv')).toBe(`id;text;label\n${LINES[0]};посуда\n${LINES[1]};обувь\n`);
    expect(readdirSync(folder).sort()).toEqual(['a.csv', 'a.labelled.csv', 'a.labelled.csv.journal', 'pid']);
  });

  test('says what is wrong where the shell is, and the terminal is as it was', async () => {
    inFolder({ 'a.csv': 'review\nЧайник\n' });
    const screen = begin('a.csv', '--classes', 'обувь,посуда');
    const shown = await screen.shows('ended with 2');
    expect(shown).toMatch(
      /error a\.csv has no column "text" \(found: review\)\n help .*--text-column.*\n code data\.missing-column/,
    );
    expect(screen.screen()).toEqual({ isAlternate: false, hasCursor: true });
  });
});

describe('on the command line', () => {
  const label = (...args: string[]) =>
    spawnSync(process.execPath, [BIN, 'label', ...args], { encoding: 'utf8' });

  test('--help says it all, and costs nothing', () => {
    const { status, stdout } = label('--help');
    expect(status).toBe(0);
    for (const word of ['--model', '--audit', '--second', 'Label Studio', 'Exit codes'])
      expect(stdout).toContain(word);
  });

  test.each([
    [['a.csv'], 'options.no-terminal'],
    [[], 'options.usage'],
    [['a.csv', '--classes', 'а,А'], 'options.usage'],
    [['a.csv', '--classes', 'а'], 'options.usage'],
    [['a.csv', '--limit', '0'], 'options.usage'],
    [['a.csv', '--no-such-flag'], 'options.usage'],
  ])('%j ends with 2, in three lines', (args, code) => {
    const { status, stderr } = label(...args);
    expect(status).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
    expect(stderr).toContain(`code ${code}`);
  });
});
