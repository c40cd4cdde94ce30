import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DelimitedRow, delimitedRows } from './delimited.ts';

/** [line, ...fields], or [line, fault] */
async function rowsOf(text: string, delimiter?: string): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const { line, fields } of delimitedRows(linesOf(text), delimiter)) {
    rows.push('fault' in fields ? [line, fields] : [line, ...(fields as readonly string[])]);
  }
  return rows;
}

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

const fault = (text: string): DelimitedRow['fields'] => ({ fault: expect.stringContaining(text) });

describe('the line of a row is the true one', () => {
  test('after blank lines', async () => {
    expect(await rowsOf('a,b\n\n\n1,2\n\r\n3,4')).toEqual([
      [1, 'a', 'b'],
      [4, '1', '2'],
      [6, '3', '4'],
    ]);
  });

  test('after quoted line breaks, which are kept as they are', async () => {
    expect(await rowsOf('a,b\r\n"1\r\n\r\n""x""\n","2\n"\r\n3,4\r\n')).toEqual([
      [1, 'a', 'b'],
      [2, '1\r\n\r\n"x"\n', '2\n'],
      [7, '3', '4'],
    ]);
  });
});

describe('a broken row costs its line and no other', () => {
  test('text after a closing quote', async () => {
    expect(await rowsOf('a,b\n"Bosch" чайник,x\n1,2\n"3, 3",4\n')).toEqual([
      [1, 'a', 'b'],
      [2, fault('after a closing quote')],
      [3, '1', '2'],
      [4, '3, 3', '4'],
    ]);
  });

  test('a quote that is never closed', async () => {
    expect(await rowsOf('a,b\n"нет,x\n1,2\n3,4\n')).toEqual([
      [1, 'a', 'b'],
      [2, fault('never closed')],
      [3, '1', '2'],
      [4, '3', '4'],
    ]);
  });

  test('a quote that a later row seems to close', async () => {
    expect(await rowsOf('a,b\n"нет,x\n1,2\n"3\n3",4\n5,6\n')).toEqual([
      [1, 'a', 'b'],
      [2, fault('after a closing quote')],
      [3, '1', '2'],
      [4, '3\n3', '4'],
      [6, '5', '6'],
    ]);
  });
});

test('a quote inside a field is a character like any other', async () => {
  expect(await rowsOf('a,b\nэкран 5",x\n1,2\n')).toEqual([
    [1, 'a', 'b'],
    [2, 'экран 5"', 'x'],
    [3, '1', '2'],
  ]);
});

test.each([
  ['a;b\n1,5;2\n', ['1,5', '2']],
  ['a,b;c\n1;5,2\n', ['1;5', '2']],
  ['text\nа; б\n', ['а; б']],
])('the delimiter is told from the header of %j', async (text, fields) => {
  expect((await rowsOf(text))[1]?.slice(1)).toEqual(fields);
});

test('rows come out in the order of their lines, each line once, whatever is broken', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'а",\n\r'), maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const lines = (await rowsOf(content, ',')).map(([line]) => line as number);
      expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
    }),
  );
});
