/** Text that keeps to the width of the terminal: cut to it, or broken between words. */
import stringWidth from 'string-width';

/** Columns of the terminal; without end where the output goes into a file or a pipe. */
export function terminalWidth(): number {
  return process.stdout.columns || Number.POSITIVE_INFINITY;
}

/** Cut to a width with an ellipsis, at the end of a word where one is near. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let [kept, used] = ['', 1]; // the ellipsis
  for (const character of text) {
    used += stringWidth(character);
    if (used > width) break;
    kept += character;
  }
  const word = kept.lastIndexOf(' ');
  return `${(word > kept.length / 2 ? kept.slice(0, word) : kept).replace(/[\s,;]+$/, '')}…`;
}

/** Broken between words; lines after the first are indented. */
export function wrapped(text: string, width: number, indent = ''): string {
  const [first = '', ...words] = text.split(' ');
  const lines: string[] = [];
  let line = first;
  for (const word of words) {
    if (stringWidth(`${line} ${word}`) <= width || line.trim() === '') line += ` ${word}`;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line].join('\n');
}
