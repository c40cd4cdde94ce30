/**
 * Progress on stderr: one line that is redrawn on a terminal; elsewhere a plain line now and then, so that logs
 * stay readable.
 */
import stringWidth from 'string-width';
import { colors } from './colors.ts';
import { count, duration } from './format.ts';

export interface Progress {
  /** @param share done, 0 … 1; undefined where the end is not known */
  update(label: string, share: number | undefined, details: string): void;
  /** Nothing was done for a while: the time left is estimated from now on. */
  estimateAnew(): void;
  /** A line that stays, above the bar. */
  say(line: string): void;
  clear(): void;
}

const WIDEST_BAR = 24;
const NARROWEST_BAR = 6;
const PLAIN_INTERVAL_MS = 10_000;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const isTerminal = stream.isTTY === true;
  let begun: number | undefined;
  let firstShare = 0;
  let lastPlain = performance.now();
  let isDrawn = false;

  const clear = () => {
    if (isDrawn) stream.write('\r\u001b[2K');
    isDrawn = false;
  };

  /** From what was done since the first share that was told. */
  const timeLeft = (share: number | undefined): string => {
    const now = performance.now();
    if (begun === undefined || (share ?? 0) < firstShare) {
      begun = now;
      firstShare = share ?? 0;
    }
    const done = (share ?? 0) - firstShare;
    if (share !== undefined && share >= 1) begun = undefined;
    if (share === undefined || done <= 0) return '';
    return `${duration(((now - (begun ?? now)) / done) * (1 - share))} left · `;
  };

  return {
    update: (label, share, details) => {
      const text = `${timeLeft(share)}${details}`;
      const percent = share === undefined ? '' : `${String(Math.floor(share * 100)).padStart(3)} %`;
      if (isTerminal) {
        clear();
        stream.write(fitted(label, share, percent, text, (stream.columns || 80) - 1));
        isDrawn = true;
      } else if (performance.now() - lastPlain > PLAIN_INTERVAL_MS) {
        lastPlain = performance.now();
        stream.write(`${[label, percent.trim(), text].filter((part) => part !== '').join(' ')}\n`);
      }
    },
    estimateAnew: () => {
      begun = undefined;
    },
    say: (line) => {
      clear();
      stream.write(`${line}\n`);
    },
    clear,
  };
}

/** Counts rows, with the share of the file that was read. */
export function progressOfRows(progress: Progress, label: string): (rows: number, share: number) => void {
  return (rows, share) => progress.update(label, Math.min(1, share), `${count(rows)} rows`);
}

/** In a narrow terminal the bar gives way first, then the end of the text. */
function fitted(
  label: string,
  share: number | undefined,
  percent: string,
  text: string,
  columns: number,
): string {
  const words = (bar: string) => [label, bar, percent, text].filter((part) => part !== '').join(' ');
  const room = columns - stringWidth(words('')) - 1;
  const line =
    share === undefined || room < NARROWEST_BAR ? words('') : words(bar(share, Math.min(WIDEST_BAR, room)));
  return stringWidth(line) <= columns ? line : `${[...line].slice(0, columns - 1).join('')}…`;
}

function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, share) * width);
  return colors.green('━'.repeat(full)) + colors.dim('─'.repeat(width - full));
}
