/**
 * Bytes to lines of text, as streams of bounded memory. Only whole lines are decoded (a line feed is never part
 * of another UTF-8 character), so that a fault is found in the line it is in.
 */
import { OtzyvError } from '@otzyv/core';

/** No review is as long: bytes of a line, and characters of a quoted row, before it is called broken. */
export const LONGEST_ROW = 2 ** 24;

const LINE_FEED = 0x0a;

/**
 * Lines of UTF-8, with or without a byte order mark, each with its line break.
 * @throws OtzyvError `data.not-utf8` or `data.bad-row`, with the line
 */
export async function* decodedLines(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  let line = 0;
  let begun: Buffer[] = []; // of a line whose end is in a later chunk
  let begunBytes = 0;
  const decoded = function* (bytes: Buffer) {
    if (line === 0) refuseUtf16(bytes, path);
    const text = line === 0 ? decode(bytes, path, line).replace(/^\uFEFF/, '') : decode(bytes, path, line);
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at) + 1 || text.length;
      line++;
      yield text.slice(at, end);
      at = end;
    }
  };
  for await (const chunk of chunks) {
    const whole = chunk.lastIndexOf(LINE_FEED) + 1;
    if (whole > 0) {
      yield* decoded(Buffer.concat([...begun, chunk.subarray(0, whole)]));
      begun = [];
      begunBytes = 0;
    }
    begun.push(chunk.subarray(whole));
    begunBytes += chunk.length - whole;
    if (begunBytes > LONGEST_ROW) throw tooLong(path, line + 1);
  }
  yield* decoded(Buffer.concat(begun));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer, path: string, linesBefore: number): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw notUtf8(`line ${linesBefore + faultyLine(bytes)}`, path, 'cp1251', error);
  }
}

/** @returns from 1, within the bytes */
function faultyLine(bytes: Buffer): number {
  for (let line = 1, at = 0; ; line++) {
    const end = bytes.indexOf(LINE_FEED, at) + 1;
    if (end === 0) return line;
    try {
      utf8.decode(bytes.subarray(at, end));
    } catch {
      return line;
    }
    at = end;
  }
}

/** What Excel calls "Unicode text". */
function refuseUtf16(bytes: Buffer, path: string): void {
  const mark = bytes.toString('latin1', 0, 2);
  if (mark === '\xff\xfe' || mark === '\xfe\xff') throw notUtf8('it is UTF-16', path, 'utf-16');
}

function notUtf8(where: string, path: string, likely: string, cause?: unknown): OtzyvError {
  return new OtzyvError(
    'data.not-utf8',
    `${path} is not UTF-8 (${where})`,
    `Convert it first, e.g.: iconv -f ${likely} -t utf-8 FILE > NEW_FILE`,
    { cause },
  );
}

function tooLong(path: string, line: number): OtzyvError {
  return new OtzyvError(
    'data.bad-row',
    `${path}, line ${line}: longer than ${LONGEST_ROW / 2 ** 20} MiB`,
    'Each row needs a line of its own: is this a table, in the format its name tells?',
  );
}
