/** A review in lines as wide as there is room, broken between words, with the words that mattered in colour. */
import type { WordWeight } from '@otzyv/trainer';
import stringWidth from 'string-width';
import type { Theme } from '../terminal/theme.ts';

/** A review that is longer is cut: nobody reads on to decide what it is about. */
const MOST_CHARACTERS = 20_000;

/** Below this a word says nothing: the probability changes by less than a hundredth without it. */
export const LEAST_WEIGHT = 0.01;

/** One character as a person sees it. */
interface Cell {
  readonly grapheme: string;
  readonly width: number;
  readonly paint: Paint;
}

type Paint = (text: string) => string;

/** Nearly all that is in a review; what is rarer is looked up, which takes its time. */
const ORDINARY = /^[\x20-\x7e\u0400-\u0482\u048a-\u04ff]$/;

const plainly: Paint = (text) => text;
const GRAPHEMES = new Intl.Segmenter('ru', { granularity: 'grapheme' });

/** @param weights by place in the text, in its order */
export function reviewLines(
  text: string,
  weights: readonly WordWeight[],
  width: number,
  theme: Theme,
): string[] {
  const cut = text.slice(0, MOST_CHARACTERS);
  const lines: string[] = [];
  let from = 0;
  for (const line of cut.split('\n')) {
    lines.push(...wrapCells(cellsOf(line, from, weights, theme), Math.max(1, width)).map(painted));
    from += line.length + 1;
  }
  while (lines.length > 1 && lines.at(-1)?.trim() === '') lines.pop();
  return cut.length < text.length ? [...lines, theme.dim(theme.glyphs.ellipsis)] : lines;
}

/** By whole characters: a word that ends within one does not tear it. */
function cellsOf(line: string, from: number, weights: readonly WordWeight[], theme: Theme): Cell[] {
  const cells: Cell[] = [];
  let next = 0;
  let paint = plainly;
  for (const { segment, index } of GRAPHEMES.segment(line)) {
    const at = from + index;
    while (next < weights.length && (weights[next] as WordWeight).end <= at) {
      next++;
      paint = plainly;
    }
    const word = weights[next];
    if (paint === plainly && word !== undefined && word.start <= at) paint = paintOf(word, theme);
    const shown = theme.plain(segment);
    // in Latin letters one is several
    for (const grapheme of shown === segment ? [segment] : shown)
      cells.push({ grapheme, width: ORDINARY.test(grapheme) ? 1 : stringWidth(grapheme), paint });
  }
  return cells;
}

function paintOf({ weight }: WordWeight, theme: Theme): Paint {
  if (Math.abs(weight) < LEAST_WEIGHT) return plainly;
  return (word) => theme.bold(weight > 0 ? theme.good(word) : theme.bad(word));
}

/** Greedy; a word that is wider than a line is broken within. Spaces at a break are dropped. */
function wrapCells(cells: readonly Cell[], width: number): Cell[][] {
  const lines: Cell[][] = [];
  let line: Cell[] = [];
  let used = 0;
  for (const cell of cells) {
    if (line.length === 0 && lines.length > 0 && cell.grapheme === ' ') continue;
    if (used + cell.width > width) {
      if (cell.grapheme === ' ') {
        lines.push(line);
        [line, used] = [[], 0];
        continue;
      }
      const space = line.findLastIndex(({ grapheme }) => grapheme === ' ');
      const word = space < 0 ? line : line.slice(space + 1);
      const isTooWide = widthOf(word) + cell.width > width;
      lines.push(isTooWide ? line : line.slice(0, space));
      line = isTooWide ? [] : word;
      used = widthOf(line);
    }
    line.push(cell);
    used += cell.width;
  }
  return [...lines, line];
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

function painted(cells: readonly Cell[]): string {
  let text = '';
  for (let at = 0; at < cells.length; ) {
    const { paint } = cells[at] as Cell;
    let run = '';
    while (at < cells.length && cells[at]?.paint === paint) run += cells[at++]?.grapheme;
    text += paint(run);
  }
  return text;
}

/** The words that spoke loudest for the label, and against it. */
export function loudestWords(
  weights: readonly WordWeight[],
  most: number,
): { readonly speaking: readonly WordWeight[]; readonly against: readonly WordWeight[] } {
  const loud = weights
    .filter(({ weight }) => Math.abs(weight) >= LEAST_WEIGHT)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return {
    speaking: loud.filter(({ weight }) => weight > 0).slice(0, most),
    against: loud.filter(({ weight }) => weight < 0).slice(0, most),
  };
}
