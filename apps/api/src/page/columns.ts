/** The columns of a file that is about to be sent, from its beginning: enough to choose from; the server reads it properly. */

const BEGINNING_BYTES = 64 * 1024;

/** Names that people give to a column of reviews. */
const LIKELY = /^(text|review|comment|отзыв|текст|комментарий)/i;

export interface Columns {
  readonly names: readonly string[];
  /** which is likely the text: by its name, or else the longest in the first row */
  readonly likely: string;
}

export async function columnsOf(file: File): Promise<Columns> {
  const beginning = (await file.slice(0, BEGINNING_BYTES).text()).replace(/^\uFEFF/, '');
  const cells = formatOf(file) === 'application/x-ndjson' ? jsonCells(beginning) : tableCells(beginning);
  const names = cells.map(([name]) => name).filter((name) => name !== '');
  const longest = cells.toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
  return { names, likely: names.find((name) => LIKELY.test(name)) ?? longest ?? 'text' };
}

/** As the API wants it to be called. */
export function formatOf({ name }: Pick<File, 'name'>): string {
  if (/\.(jsonl|ndjson)$/i.test(name)) return 'application/x-ndjson';
  return /\.tsv$/i.test(name) ? 'text/tab-separated-values' : 'text/csv';
}

type Cell = readonly [name: string, first: string];

function jsonCells(text: string): Cell[] {
  try {
    const row = JSON.parse(text.slice(0, text.indexOf('\n') + 1 || undefined)) as Record<string, unknown>;
    return Object.entries(row).map(([name, value]) => [name, String(value)]);
  } catch {
    return [];
  }
}

function tableCells(text: string): Cell[] {
  const [line = ''] = text.split(/\r?\n/, 1);
  const separator = ['\t', ';', ','].find((one) => line.includes(one)) ?? ',';
  const [header = [], first = []] = rows(text, separator, 2);
  return header.map((name, i) => [name.trim(), first[i] ?? '']);
}

/** @returns the first rows; what stands in quotes may hold separators and ends of lines */
function rows(text: string, separator: string, count: number): string[][] {
  const found: string[][] = [[]];
  let [cell, isQuoted] = ['', false];
  for (const [i, letter] of [...text, '\n'].entries()) {
    if (letter === '"') {
      if (isQuoted && text[i - 1] === '"') cell += '"';
      isQuoted = !isQuoted;
    } else if (!isQuoted && (letter === separator || letter === '\n')) {
      found.at(-1)?.push(cell.replace(/\r$/, ''));
      cell = '';
      if (letter === '\n' && found.push([]) > count) break;
    } else cell += letter;
  }
  return found.slice(0, count);
}
