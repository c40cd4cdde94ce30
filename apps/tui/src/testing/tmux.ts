/** A real terminal: tmux, with a window of a given size in which a command runs under a shell. */
import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (!hasTmux) process.stderr.write('there is no tmux: the tests of the monitor in a terminal are skipped\n');

export interface Tmux {
  /** what stands in the window, a line each, without the spaces at their ends */
  lines(): string[];
  text(): string;
  /** with its colours */
  colored(): string;
  /** keys in tmux's names: `Enter`, `C-c`, `4` */
  press(...keys: string[]): void;
  resize(width: number, height: number): void;
  until(isSo: (text: string) => boolean): Promise<string>;
  /** whether the window shows the other screen, and whether a cursor is seen */
  screen(): { isAlternate: boolean; hasCursor: boolean };
  close(): void;
}

let opened = 0;

export interface TmuxOptions {
  readonly width: number;
  readonly height: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** @param command for the shell; what stands there when it has ended stays */
export function openTmux(command: string, { width, height, cwd, env = {} }: TmuxOptions): Tmux {
  const server = `otzyv-${process.pid}-${opened++}`;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', server, '-f', '/dev/null', '-u', ...args], {
      encoding: 'utf8',
      env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
    });
  const set = Object.entries({ LC_ALL: 'C.UTF-8', ...env }).map(([name, value]) => `${name}='${value}'`);
  const shell = `${set.join(' ')} ${command}; echo "ended with $?"; exec sleep 600`;
  tmux('new-session', '-d', '-x', String(width), '-y', String(height), '-c', cwd, shell);
  tmux('set', '-g', 'status', 'off');
  tmux('resize-window', '-x', String(width), '-y', String(height));
  const text = () => tmux('capture-pane', '-p');
  return {
    text,
    lines: () => text().replace(/\n$/, '').split('\n'),
    colored: () => tmux('capture-pane', '-p', '-e'),
    press: (...keys) => {
      for (const key of keys) tmux('send-keys', key);
    },
    resize: (columns, rows) => {
      tmux('resize-window', '-x', String(columns), '-y', String(rows));
    },
    until: async (isSo) => {
      for (;;) {
        const now = text();
        if (isSo(now)) return now;
        await sleep(50);
      }
    },
    screen: () => {
      const [alternate, cursor] = tmux('display', '-p', '#{alternate_on} #{cursor_flag}').trim().split(' ');
      return { isAlternate: alternate === '1', hasCursor: cursor === '1' };
    },
    close: () => {
      spawnSync('tmux', ['-L', server, 'kill-server']);
    },
  };
}
