/** Bytes to text and text to lines, as streams. */
import { OtzyvError } from '@otzyv/core';

/** UTF-8, with or without a byte order mark. @throws OtzyvError `data.not-utf8` that names the line */
export async function* decodeUtf8(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  const decode = (chunk: Buffer | undefined): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw new OtzyvError(
        'data.not-utf8',
        `${path} is not UTF-8 (near line ${line + faultyLine(chunk)})`,
        'Convert it first, e.g.: iconv -f cp1251 -t utf-8 FILE > NEW_FILE',
        { cause: error },
      );
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    yield text;
    line += count(text);
  }
  const rest = decode(undefined);
  if (rest !== '') yield rest;
}

export async function* lines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() as string;
    for (const part of parts) yield part.endsWith('\r') ? part.slice(0, -1) : part;
  }
  if (rest !== '') yield rest;
}

/** How many lines the sound part of a faulty chunk has. */
function faultyLine(chunk: Buffer | undefined): number {
  if (chunk === undefined) return 0;
  const text = chunk.toString('utf8');
  const fault = text.indexOf('\uFFFD');
  return count(fault === -1 ? text : text.slice(0, fault));
}

function count(text: string): number {
  let found = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) found++;
  return found;
}
