/** otzyv-tui in a real terminal: a tmux of our own, whose screen is read as a person would see it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/otzyv-tui.js', import.meta.url));

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** Then a test says what it sees instead of being ended without a word. */
const LONGEST_MS = 60_000;

export interface LabelTerminal {
  /** Types a command line into the shell. */
  run(...words: readonly string[]): void;
  /** Presses keys by tmux's names, or types a text as it is. */
  keys(...names: readonly string[]): void;
  type(text: string): void;
  screen(): string;
  /** Waits until the screen shows it. */
  shows(wanted: RegExp | string): Promise<string>;
  /** Of the program that was run last. */
  pid(): number;
  /** Kills it at once, and makes of the terminal what it leaves behind one to type in. */
  kill(): Promise<void>;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** @param folder in which the shell works */
export function openTerminal(folder: string, columns = 100, rows = 30): LabelTerminal {
  const socket = join(folder, 'tmux.sock');
  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', socket, ...args], { encoding: 'utf8' });
  const env = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', PS1: '$ ' };
  const set = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  execFileSync(
    'tmux',
    [
      ...['-S', socket, '-f', '/dev/null', 'new-session', '-d', '-c', folder, ...set],
      ...['-x', String(columns), '-y', String(rows), 'sh'],
    ],
    { env: { ...process.env, ...env } },
  );
  const screen = () => tmux('capture-pane', '-p');
  const keys = (...names: readonly string[]) => tmux('send-keys', ...names);
  const type = (text: string) => tmux('send-keys', '-l', text);
  const pid = () => Number(readFileSync(join(folder, 'pid'), 'utf8'));
  return {
    ...{ keys, type, screen },
    run: (...words) => {
      type(`clear; sh -c 'echo $$ > pid; exec "$@"' sh ${words.map(quoted).join(' ')}; echo left with $?`);
      keys('Enter');
    },
    shows: async (wanted) => {
      const deadline = performance.now() + LONGEST_MS;
      for (;;) {
        const shown = screen();
        if (typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown)) return shown;
        if (performance.now() > deadline) throw new Error(`no ${String(wanted)} in sight:\n${shown}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    kill: async () => {
      const killed = pid();
      process.kill(killed, 'SIGKILL');
      while (isThere(killed)) await new Promise((resolve) => setTimeout(resolve, 20));
      type('stty sane');
      keys('C-j');
      type(String.raw`printf '\033c'`);
      keys('Enter');
    },
    pid,
    resize: (width, height) => tmux('resize-window', '-x', String(width), '-y', String(height)),
    close: () => spawnSync('tmux', ['-S', socket, 'kill-server']),
  };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
