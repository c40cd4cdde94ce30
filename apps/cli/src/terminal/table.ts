/**
 * Plain tables: columns as wide as their widest cell, numbers to the right. In a narrow terminal the columns of text,
 * and what stands above numbers, are cut, the widest first, so that a row stays a line.
 */
import stringWidth from 'string-width';
import { cut, terminalWidth } from './width.ts';

const GAP = '  ';
const NARROWEST = 6;

export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const all = [header, ...rows].map((row) => header.map((_, column) => oneLine(row[column] ?? '')));
  const isNumeric = header.map((_, column) =>
    all.slice(1).every((row) => /^[-–−+\d.,% [\]]*$/.test(row[column] as string)),
  );
  const natural = header.map((_, column) =>
    Math.max(...all.map((row) => stringWidth(row[column] as string))),
  );
  const narrowest = header.map((_, column) =>
    isNumeric[column]
      ? Math.max(NARROWEST, ...all.slice(1).map((row) => stringWidth(row[column] as string)))
      : NARROWEST,
  );
  const widths = fitted(natural, narrowest, width);
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const room = widths[column] as number;
        const shown = cut(cell, room);
        const padding = ' '.repeat(room - stringWidth(shown));
        return isNumeric[column] ? padding + shown : shown + padding;
      })
      .join(GAP)
      .trimEnd();
  const [head, ...body] = all.map(line);
  return [head, widths.map((columns) => '─'.repeat(columns)).join(GAP), ...body].join('\n');
}

function fitted(natural: readonly number[], narrowest: readonly number[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, columns) => sum + columns + GAP.length, -GAP.length) - width;
  for (; excess > 0; excess--) {
    const yielding = widths.map((columns, column) => (columns > (narrowest[column] as number) ? columns : 0));
    const widest = Math.max(...yielding);
    if (widest === 0) break;
    widths[yielding.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** A label may hold anything: a line break, or what makes a terminal change its colours. */
function oneLine(cell: string): string {
  return cell.replace(/[\s\p{Cc}]+/gu, ' ');
}
