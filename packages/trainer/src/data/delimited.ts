/**
 * Rows of CSV and TSV (RFC 4180: quotes around a field that holds delimiters, line breaks or doubled quotes). By
 * hand rather than with csv-parse, for what matters in a million reviews with one stray quote: the broken row is
 * named by its true line, and reading goes on at the very next one, so that nothing else is lost. csv-parse
 * swallows the rows up to some later quote, and miscounts lines around blank ones and quoted CRLF.
 *
 * A quote inside a field that does not begin with one is a character like any other (`экран 5"`), as in pandas.
 */
import { LONGEST_ROW } from './text-stream.ts';

export interface DelimitedRow {
  /** of the file, from 1: where the row begins */
  readonly line: number;
  readonly fields: readonly string[] | Fault;
}

/** What is wrong with a row, as the end of a sentence about it. */
export interface Fault {
  readonly fault: string;
}

/**
 * Blank lines are no rows.
 * @param lines     each with its line break
 * @param delimiter one character; when absent, told from the header
 */
export async function* delimitedRows(
  lines: AsyncIterable<string>,
  delimiter?: string,
): AsyncGenerator<DelimitedRow> {
  const source = lines[Symbol.asyncIterator]();
  const givenBack: string[] = []; // by a broken row, the last line first
  const nextLine = async (): Promise<string | undefined> => {
    const known = givenBack.pop();
    if (known !== undefined) return known;
    const next = await source.next();
    return next.done ? undefined : next.value;
  };

  let separator = delimiter;
  let line = 0;
  try {
    for (let first = await nextLine(); first !== undefined; first = await nextLine()) {
      line++;
      if (withoutBreak(first) === '') continue;
      separator ??= headerDelimiter(first);
      let fields = splitFields(withoutBreak(first), separator);
      const more: string[] = [];
      let text = first;
      while (fields === 'open') {
        const part = text.length < LONGEST_ROW ? await nextLine() : undefined;
        if (part === undefined) {
          fields = { fault: 'opens a quote that is never closed' };
          break;
        }
        more.push(part);
        text += part;
        // doubled quotes come in twos: a line with an even number of them closes nothing
        if (hasOddQuotes(part)) fields = splitFields(withoutBreak(text), separator);
      }
      yield { line, fields };
      if ('fault' in fields) for (const part of more.toReversed()) givenBack.push(part);
      else line += more.length;
    }
  } finally {
    await source.return?.();
  }
}

/** What the header has most of, outside quotes: Excel writes semicolons where the comma marks decimals. */
export function headerDelimiter(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => bare.split(delimiter).length;
  return [',', ';', '\t'].reduce((most, delimiter) => (count(delimiter) > count(most) ? delimiter : most));
}

/** @returns `open` when the text ends inside quotes */
function splitFields(text: string, delimiter: string): string[] | Fault | 'open' {
  const fields: string[] = [];
  for (let at = 0; ; at++) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end === -1) return 'open';
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (at < text.length && text[at] !== delimiter) {
        return { fault: 'has text after a closing quote: double the quotes inside a field' };
      }
    } else {
      const end = text.indexOf(delimiter, at);
      fields.push(end === -1 ? text.slice(at) : text.slice(at, end));
      at = end === -1 ? text.length : end;
    }
    if (at >= text.length) return fields;
  }
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

function withoutBreak(line: string): string {
  return line.replace(/\r?\n$/, '');
}
