import { describe, expect, test } from 'vitest';
import { delimitedRows } from './delimited.ts';
import { decodedLines, LONGEST_ROW } from './text-stream.ts';

const MIB = 2 ** 20;
const FAR_TOO_MANY = (2 * LONGEST_ROW) / MIB;

describe('no row is read beyond 16 MiB', () => {
  test('in search of the end of its line', async () => {
    let given = 0;
    const chunks = async function* () {
      yield Buffer.from('text,label\nда,x\n');
      for (; given < FAR_TOO_MANY; given++) yield Buffer.alloc(MIB, 'а');
    };
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of decodedLines(chunks(), 'a.csv')) lines.push(line);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'data.bad-row',
      message: 'a.csv, line 3: longer than 16 MiB',
    });
    expect(lines).toEqual(['text,label\n', 'да,x\n']);
    expect(given).toBe(16);
  });

  test('in search of the end of its quotes', async () => {
    let given = 0;
    const lines = async function* () {
      yield 'text,label\n';
      yield '"нет,x\n';
      for (; given < FAR_TOO_MANY; given++) yield `${'а'.repeat(MIB - 1)}\n`;
    };
    const rows = delimitedRows(lines());
    await rows.next();
    expect((await rows.next()).value).toEqual({
      line: 2,
      fields: { fault: expect.stringContaining('never closed') },
    });
    expect(given).toBeLessThanOrEqual(16);
    await rows.return(undefined);
  });
});

test('a file of shorter rows may be as long as it likes', async () => {
  const chunk = Buffer.alloc(MIB, 'x');
  chunk.write('\n', MIB / 2);
  const chunks = async function* () {
    for (let i = 0; i <= FAR_TOO_MANY; i++) yield chunk;
  };
  let lines = 0;
  for await (const _ of decodedLines(chunks(), 'a.csv')) lines++;
  expect(lines).toBe(FAR_TOO_MANY + 2);
});

test('a character that lies in two chunks is one', async () => {
  const bytes = Buffer.from('да\nнет\nё');
  const chunks = async function* () {
    for (const byte of bytes) yield Buffer.of(byte);
  };
  const lines: string[] = [];
  for await (const line of decodedLines(chunks(), 'a.csv')) lines.push(line);
  expect(lines).toEqual(['да\n', 'нет\n', 'ё']);
});
