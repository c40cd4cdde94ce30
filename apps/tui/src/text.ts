/** Text in columns: as many as a terminal gives each character, whatever the alphabet. */
import stringWidth from 'string-width';

/** Cut, with an ellipsis, or filled up with spaces: exactly as wide. */
export function fitted(text: string, width: number, ellipsis = '…'): string {
  const cut = shortened(text, width, ellipsis);
  return cut + ' '.repeat(Math.max(0, width - stringWidth(cut)));
}

/** As `fitted`, at the right edge: numbers. */
export function fittedRight(text: string, width: number, ellipsis = '…'): string {
  const cut = shortened(text, width, ellipsis);
  return ' '.repeat(Math.max(0, width - stringWidth(cut))) + cut;
}

export function shortened(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0) return '';
  if (stringWidth(text) <= width) return text;
  let [kept, used] = ['', stringWidth(ellipsis)];
  if (used > width) return '';
  for (const { segment } of SEGMENTS.segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept + ellipsis;
}

const SEGMENTS = new Intl.Segmenter('ru', { granularity: 'grapheme' });

/** Broken between words, and within one that is too long; no more than `most` lines. */
export function wrapped(text: string, width: number, most = Infinity, ellipsis = '…'): string[] {
  if (width < 1) return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && stringWidth(line) + 1 + stringWidth(word) > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    while (stringWidth(line) > width) {
      const [head, tail] = splitAt(line, width);
      lines.push(head);
      line = tail;
    }
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  if (most < 1) return [];
  return [...lines.slice(0, most - 1), shortened(lines.slice(most - 1).join(' '), width, ellipsis)];
}

function splitAt(text: string, width: number): [head: string, tail: string] {
  let [head, used] = ['', 0];
  for (const { segment } of SEGMENTS.segment(text)) {
    used += stringWidth(segment);
    if (used > width && head !== '') break;
    head += segment;
  }
  return [head, text.slice(head.length)];
}

/** How wide it is on the screen, colours left out. */
export const widthOf = (text: string): number => stringWidth(text);
