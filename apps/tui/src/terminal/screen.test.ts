import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capabilitiesOf } from './capabilities.ts';
import { copying } from './clipboard.ts';
import { changesOf, Screen } from './screen.ts';
import { themeOf } from './theme.ts';

/** A terminal that obeys what a screen sends: enough of one to see what stands on it. */
class FakeTerminal extends EventEmitter {
  columns = 40;
  rows = 6;
  lines = Array<string>(this.rows).fill('');
  written = '';
  pictures = 0;

  write(text: string): void {
    this.written += text;
    if (text.includes('\x1b[?2026h')) this.pictures++;
    if (text.includes('\x1b[2J')) this.lines = Array<string>(this.rows).fill('');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal is sent
    for (const [, row, line] of text.matchAll(/\x1b\[(\d+);1H\x1b\[K([^\x1b]*)/g))
      this.lines[Number(row) - 1] = line as string;
  }

  resize(columns: number, rows: number): void {
    [this.columns, this.rows] = [columns, rows];
    this.lines = [...this.lines, ...Array<string>(rows).fill('?')].slice(0, rows);
    this.emit('resize');
  }
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const pictures = fc.array(fc.array(fc.constantFrom('', 'loss 0.4', 'обувь', '⠋⠙'), { maxLength: 6 }), {
  minLength: 1,
  maxLength: 8,
});

test('after any pictures the last one stands there, whatever was there before', () => {
  fc.assert(
    fc.property(pictures, (all) => {
      const terminal = new FakeTerminal();
      let drawn: string[] = [];
      for (const lines of all) {
        terminal.write(changesOf(drawn, lines, terminal.rows));
        drawn = lines;
      }
      const last = all.at(-1) as string[];
      expect(terminal.lines).toEqual(Array.from({ length: 6 }, (_, row) => last[row] ?? ''));
    }),
  );
});

test('a line that has not changed is not written again', () => {
  expect(changesOf(['a', 'b'], ['a', 'b'], 9)).toBe('');
  expect(changesOf(['a', 'b'], ['a', 'c'], 9)).not.toContain('1;1H');
});

describe('a screen', () => {
  const open = (hasCursor = true) => {
    const terminal = new FakeTerminal();
    return { terminal, screen: new Screen(terminal, { hasCursor, frameMs: 20 }) };
  };

  test('shows the latest of many pictures, in a few', async () => {
    const { terminal, screen } = open();
    for (let i = 0; i < 1000; i++) screen.write(`step ${i}`);
    await until(() => terminal.lines[0] === 'step 999');
    expect(terminal.pictures).toBeLessThan(10);
    screen.leave();
  });

  test('draws all anew when it is resized, once for a storm of it', async () => {
    const { terminal, screen } = open();
    let told = 0;
    screen.on('resize', () => {
      told++;
      screen.write(`${screen.columns} columns`);
    });
    screen.write('40 columns');
    await until(() => terminal.lines[0] === '40 columns');
    for (let i = 0; i < 500; i++) terminal.resize(60 + i, 10);
    await until(() => terminal.lines[0] === '559 columns');
    expect(told).toBeLessThan(50);
    expect(terminal.lines.slice(1)).toEqual(Array(9).fill(''));
    screen.leave();
  });

  test('gives the terminal back as it was, once, and is silent afterwards', () => {
    const { terminal, screen } = open();
    const entered = terminal.written;
    expect(entered).toContain('\x1b[?1049h');
    screen.write('a picture');
    screen.leave();
    screen.leave();
    screen.write('another');
    screen.send(copying('text'));
    expect(terminal.written.slice(entered.length)).toBe('\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l');
    expect(terminal.listenerCount('resize')).toBe(0);
  });

  test('taken again after it was left, draws its last picture anew, also one that came meanwhile', async () => {
    const { terminal, screen } = open();
    screen.write('before');
    await until(() => terminal.lines[0] === 'before');
    for (const now of ['before', 'meanwhile']) {
      screen.leave();
      terminal.lines.fill('of the shell');
      if (now === 'meanwhile') screen.write(now);
      screen.enter();
      screen.enter();
      await until(() => terminal.lines[0] === now);
      expect(terminal.lines.slice(1)).toEqual(Array(5).fill(''));
      expect(terminal.listenerCount('resize')).toBe(1);
    }
    screen.leave();
  });

  test('without a cursor, a picture follows a key, and no sequence is sent', async () => {
    const { terminal, screen } = open(false);
    screen.write('first');
    await until(() => terminal.written === 'first\n');
    screen.write('second');
    screen.expectAnswer();
    await until(() => terminal.written === 'first\nsecond\n');
    screen.leave();
    expect(terminal.written).toBe('first\nsecond\n');
  });
});

test('what a terminal can is read from what the environment says', () => {
  const utf8 = { LANG: 'ru_RU.UTF-8', TERM: 'xterm-256color' };
  expect(capabilitiesOf(utf8, 8, 'linux')).toEqual({ hasUnicode: true, colors: '256', hasCursor: true });
  expect(capabilitiesOf({ ...utf8, LC_ALL: 'C' }, 4, 'linux')).toMatchObject({
    hasUnicode: false,
    colors: '16',
  });
  expect(capabilitiesOf({ ...utf8, NO_COLOR: '1' }, 8, 'linux').colors).toBe('none');
  expect(capabilitiesOf({ ...utf8, TERM: 'dumb' }, 1, 'linux')).toEqual({
    hasUnicode: false,
    colors: 'none',
    hasCursor: false,
  });
  expect(capabilitiesOf({}, 24, 'win32').hasUnicode).toBe(true);
});

test('texts of the data cannot command the terminal, and are read without Unicode, too', () => {
  const unicode = themeOf({ hasUnicode: true, colors: 'none' });
  const ascii = themeOf({ hasUnicode: false, colors: 'none' });
  expect(unicode.plain('об\x1b[2Jувь\n\u202eтуфли')).toBe('об [2Jувь туфли');
  expect(ascii.plain('Щётка «обувь» 👍')).toBe('Shchyotka "obuv\'" ?');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[\x20-\x7e]*$/.test(ascii.plain(text))));
});

test('a text is copied as OSC 52', () => {
  const base64 = Buffer.from('npx otzyv train --resume runs/я').toString('base64');
  expect(copying('npx otzyv train --resume runs/я')).toBe(`\x1b]52;c;${base64}\x07`);
});
