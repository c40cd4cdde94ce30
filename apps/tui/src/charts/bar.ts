/** A share as a bar, and values as a line of small ones. */
import type { Theme } from '../terminal/theme.ts';

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_LEVELS = ['_', '.', '-', '~', '=', '+', '*', '#'];

/** @param share 0 … 1 @returns how much of the width is full, and the rest of it, unpainted */
export function barOf(share: number, width: number, { hasUnicode }: Theme): { full: string; rest: string } {
  const part = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * width;
  if (!hasUnicode) {
    const full = Math.round(part);
    return { full: '#'.repeat(full), rest: '-'.repeat(width - full) };
  }
  const eighths = Math.round(part * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] as string);
  return { full, rest: ' '.repeat(width - full.length) };
}

/** A bar of which also the empty part is seen. */
export function progressBar(share: number, width: number, theme: Theme): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  const { barFull, barEmpty } = theme.glyphs;
  return theme.accent(barFull.repeat(full)) + theme.dim(barEmpty.repeat(width - full));
}

/** @returns `width` characters at most; each stands for the mean of its stretch of the values */
export function sparkline(values: readonly number[], width: number, { hasUnicode }: Theme): string {
  const means = stretches(values.filter(Number.isFinite), width);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const levels = hasUnicode ? LEVELS : ASCII_LEVELS;
  return means
    .map((value) => levels[high > low ? Math.round(((value - low) / (high - low)) * 7) : 3])
    .join('');
}

/** @returns at most `most` means, of neighbours */
export function stretches(values: readonly number[], most: number): number[] {
  const parts = Math.min(values.length, Math.max(0, most));
  return Array.from({ length: parts }, (_, part) => {
    const begin = Math.floor((part * values.length) / parts);
    const end = Math.floor(((part + 1) * values.length) / parts);
    return values.slice(begin, end).reduce((sum, value) => sum + value, 0) / (end - begin);
  });
}
