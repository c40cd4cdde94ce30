/**
 * Progress on stderr: one line that is redrawn on a terminal; elsewhere a plain line now and then, so that logs
 * stay readable.
 */
import { colors } from './colors.ts';
import { duration } from './format.ts';

export interface Progress {
  /** @param share done, 0 … 1; undefined where the end is not known */
  update(label: string, share: number | undefined, details: string): void;
  /** A line that stays, above the bar. */
  say(line: string): void;
  clear(): void;
}

const BAR_WIDTH = 24;
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

  return {
    update: (label, share, details) => {
      const now = performance.now();
      if (begun === undefined || (share ?? 0) < firstShare) {
        begun = now;
        firstShare = share ?? 0;
      }
      const done = (share ?? 0) - firstShare;
      const remaining = share !== undefined && done > 0 ? ((now - begun) / done) * (1 - share) : undefined;
      const eta = remaining === undefined ? '' : ` · ${duration(remaining)} left`;
      if (isTerminal) {
        const line = `${label} ${share === undefined ? '' : `${bar(share)} ${String(Math.floor(share * 100)).padStart(3)} %`} ${details}${eta}`;
        clear();
        stream.write(line.slice(0, (stream.columns ?? 120) + 20));
        isDrawn = true;
      } else if (now - lastPlain > PLAIN_INTERVAL_MS) {
        lastPlain = now;
        stream.write(
          `${label} ${share === undefined ? '' : `${Math.floor(share * 100)} % `}${details}${eta}\n`,
        );
      }
      if (share !== undefined && share >= 1) begun = undefined;
    },
    say: (line) => {
      clear();
      stream.write(`${line}\n`);
    },
    clear,
  };
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * BAR_WIDTH);
  return colors.green('━'.repeat(full)) + colors.dim('─'.repeat(BAR_WIDTH - full));
}
