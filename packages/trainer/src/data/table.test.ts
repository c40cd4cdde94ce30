import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readReviews } from './read.ts';
import { openTable, type TableOptions } from './table.ts';
import { freeColumnName, openTableWriter } from './write.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function read(path: string, options?: TableOptions) {
  const { columns, rows } = await openTable(path, options);
  return { columns, rows: await collect(rows) };
}

describe('a table is read', () => {
  test.each([
    ['with commas', 'a.csv', 'text,label\nда,x\nнет,y\n'],
    ['with Windows line ends', 'a.csv', 'text,label\r\nда,x\r\nнет,y\r\n'],
    ['with a byte order mark', 'a.csv', '\ufefftext,label\nда,x\nнет,y'],
    ['with the semicolons of a Russian Excel', 'a.csv', 'text;label\nда;x\nнет;y\n'],
    ['with tabs', 'a.tsv', 'text\tlabel\nда\tx\nнет\ty\n'],
    ['of JSON lines', 'a.jsonl', '{"text":"да","label":"x"}\n\n{"text":"нет","label":"y"}'],
    ['with tabs, though it is called CSV', 'a.csv', 'text\tlabel\nда\tx\nнет\ty\n'],
    ['with empty cells to its right', 'a.csv', 'text,label,,\nда,x,,\nнет,y,,\n'],
    ['with blank lines between', 'a.csv', 'text,label\n\nда,x\n\nнет,y\n\n'],
  ])('%s', async (_, name, content) => {
    const { columns, rows } = await read(await file(name, content));
    expect(columns).toEqual(['text', 'label']);
    expect(rows.map(({ values }) => values)).toEqual([
      { text: 'да', label: 'x' },
      { text: 'нет', label: 'y' },
    ]);
    expect(rows.map(({ row }) => row)).toEqual([1, 2]);
  });

  test('with line breaks and quotes inside quotes; the line is where the row begins', async () => {
    const { rows } = await read(await file('a.csv', 'text,label\n"первая\nвторая, ""да""",x\nконец,y\n'));
    expect(rows).toMatchObject([
      { values: { text: 'первая\nвторая, "да"', label: 'x' }, row: 1, line: 2 },
      { values: { text: 'конец', label: 'y' }, row: 2, line: 4 },
    ]);
  });

  test('with delimiters inside the quotes of its header', async () => {
    expect((await read(await file('a.csv', '"text, long";label\nда;x\n'))).columns).toEqual([
      'text, long',
      'label',
    ]);
  });

  test('with its columns in their order, whatever they are called', async () => {
    const { columns } = await read(await file('a.csv', 'text,2024,2023,label\nда,1,2,x\n'));
    expect(columns).toEqual(['text', '2024', '2023', 'label']);
  });

  test('of JSON lines with the columns of all its rows', async () => {
    const { columns } = await read(
      await file('a.jsonl', '{"text":"да"}\n{"text":"нет","label":"x","id":7}\n'),
    );
    expect(columns).toEqual(['text', 'label', 'id']);
  });

  test('numbers and nulls of JSON become text', async () => {
    const { rows } = await read(await file('a.jsonl', '{"text":5,"label":null,"tags":["a"]}'));
    expect(rows[0]?.values).toEqual({ text: '5', label: '', tags: '["a"]' });
  });
});

test('whatever csv-stringify writes is read back', async () => {
  const cell = fc.string({ unit: fc.constantFrom(...'аб",;\n\r\t \\') });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), async (cells) => {
      // a row of two empty fields is a line with one comma; csv-stringify quotes what needs it
      const path = await file('law.csv', stringify([['text', 'label'], ...cells], { quoted: true }));
      const { rows } = await read(path);
      expect(rows.map(({ values }) => [values['text'], values['label']])).toEqual(cells);
    }),
  );
});

describe('a fault names the file, the line and the remedy', () => {
  test.each([
    ['a missing file', 'missing.csv', undefined, 'data.missing-file', /missing\.csv does not exist/],
    ['an empty file', 'a.csv', '', 'data.empty-file', /no rows/],
    ['a header alone', 'a.csv', 'text,label\n', 'data.empty-file', /no rows/],
    ['an unknown ending', 'a.xlsx', 'x', 'data.unknown-format', /"\.xlsx"/],
    ['a column twice', 'a.csv', 'text,text\nа,б\n', 'data.bad-header', /"text" twice/],
    [
      'too few fields',
      'a.csv',
      'text,label\nда,x\nнет\n',
      'data.bad-row',
      /line 3: row 2 has 1 field where the header has 2/,
    ],
    ['too many fields', 'a.csv', 'text,label\nда,x,z\n', 'data.bad-row', /line 2: row 1 has 3 fields/],
    [
      'an open quote',
      'a.csv',
      'text,label\nда,x\n"нет,y\n',
      'data.bad-row',
      /line 3: row 2 opens a quote that is never closed/,
    ],
    [
      'a NUL',
      'a.csv',
      'text,label\nд\0а,x\n',
      'data.bad-row',
      /line 2: row 1 has a NUL character in column "text"/,
    ],
    [
      'text after a closing quote',
      'a.csv',
      'text,label\n"Bosch" чайник,x\n',
      'data.bad-row',
      /line 2: row 1 has text after a closing quote/,
    ],
    ['a NUL of JSON', 'a.jsonl', '{"text":"д\\u0000а"}', 'data.bad-row', /line 1: row 1 has a NUL/],
    ['old line ends', 'a.csv', 'text,label\rда,x\r', 'data.bad-header', /old Macintosh/],
    [
      'broken JSON',
      'a.jsonl',
      '{"text":"да"}\n{"text":\n',
      'data.bad-row',
      /line 2: row 2 is not valid JSON/,
    ],
    [
      'JSON that is no object',
      'a.jsonl',
      '{"text":"да"}\n[1]\n',
      'data.bad-row',
      /line 2: row 2 is not a JSON object/,
    ],
  ])('%s', async (_, name, content, code, message) => {
    const path = content === undefined ? join(folder, name) : await file(name, content);
    await expect(read(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('another encoding, with the line', async () => {
    const cp1251 = Buffer.concat([
      Buffer.from('text,label\nok,x\n'),
      Buffer.from([0xe4, 0xe0]),
      Buffer.from(',y\n'),
    ]);
    await expect(read(await file('a.csv', cp1251))).rejects.toMatchObject({
      code: 'data.not-utf8',
      message: expect.stringContaining('line 3'),
      hint: expect.stringContaining('iconv -f cp1251'),
    });
  });

  test('another encoding beyond the first chunk of the file, with the very line', async () => {
    for (const shift of ['', 'a', 'aa', 'aaa']) {
      const sound = `text,label${shift}\n${'абв,x\n'.repeat(40_000)}`;
      const content = Buffer.concat([Buffer.from(sound), Buffer.from([0xe4, 0xe0, 0x0a])]);
      await expect(read(await file('a.csv', content))).rejects.toMatchObject({
        code: 'data.not-utf8',
        message: expect.stringContaining('line 40002'),
      });
    }
  });

  test("Excel's UTF-16, with its own remedy", async () => {
    const path = await file('a.csv', Buffer.from('\ufefftext,label\nда,x\n', 'utf16le'));
    await expect(read(path)).rejects.toMatchObject({
      code: 'data.not-utf8',
      hint: expect.stringContaining('iconv -f utf-16'),
    });
  });

  test('at the head of a file much larger than any buffer', async () => {
    const path = await file('a.csv', `text,label\nда\n${'"слово, слово",x\n'.repeat(100_000)}`);
    await expect(read(path)).rejects.toMatchObject({ message: expect.stringContaining('line 2') });
  });

  test('one stray quote costs one row, not all that follow', async () => {
    const path = await file(
      'a.csv',
      'text,label\nда,x\n"экран 5 дюймов,y\n\nтретий,z\n"четвёртый\nс переносом",w\n',
    );
    const bad: string[] = [];
    const { rows } = await read(path, { skipBadRows: true, onBadRow: ({ message }) => bad.push(message) });
    expect(rows.map(({ values, line }) => [values['text'], line])).toEqual([
      ['да', 2],
      ['третий', 5],
      ['четвёртый\nс переносом', 6],
    ]);
    expect(bad).toEqual([expect.stringContaining('line 3')]);
  });

  test('a quote inside a field that does not begin with one is a character', async () => {
    const { rows } = await read(await file('a.csv', 'text,label\nэкран 5" яркий,x\n'));
    expect(rows[0]?.values['text']).toBe('экран 5" яркий');
  });

  test('bad rows can be left out, and are told of', async () => {
    const path = await file('a.csv', 'text,label\nда,x\nнет\nконец,y\n');
    const bad: string[] = [];
    const { rows } = await read(path, { skipBadRows: true, onBadRow: ({ message }) => bad.push(message) });
    expect(rows.map(({ row }) => row)).toEqual([1, 3]);
    expect(bad).toEqual([expect.stringContaining('line 3')]);
  });

  test('a file of bad rows only says what is wrong with the first', async () => {
    const path = await file('a.csv', 'text,label\nда, но,x\nнет, но,y\n');
    await expect(read(path, { skipBadRows: true })).rejects.toMatchObject({
      code: 'data.empty-file',
      message: expect.stringMatching(/no row that can be read; .* line 2: row 1 has 3 fields/),
    });
  });

  test('the header cannot be left out', async () => {
    const path = await file('a.csv', '"text,label\nда,x\n');
    await expect(read(path, { skipBadRows: true })).rejects.toMatchObject({ code: 'data.bad-row' });
  });
});

test('rows can be read again, and a large file can be left at any row', async () => {
  const path = await file('a.csv', `text,label\n${'"слово, слово",x\n'.repeat(100_000)}`);
  const { rows } = await openTable(path);
  for (let time = 0; time < 2; time++) {
    for await (const { row } of rows) if (row === 10) break;
  }
});

describe('reviews', () => {
  const columns = { textColumn: 'text', labelColumn: 'label' };
  const reviews = async (path: string, options = {}) =>
    collect(readReviews(path, { ...columns, ...options }));

  test('are read from any columns, labels trimmed', async () => {
    const path = await file('a.csv', 'id,отзыв,класс\n1,да, x \n');
    expect(await reviews(path, { textColumn: 'отзыв', labelColumn: 'класс', groupColumn: 'id' })).toEqual([
      { text: 'да', label: 'x', row: 1, group: '1' },
    ]);
  });

  test('a missing column is an error that lists those there are', async () => {
    const path = await file('a.csv', 'review,label\nда,x\n');
    await expect(reviews(path)).rejects.toMatchObject({
      code: 'data.missing-column',
      message: expect.stringContaining('no column "text" (found: review, label)'),
      hint: expect.stringContaining('--text-column'),
    });
  });

  test.each(['5', '["да"]', '{"ru":"да"}', 'true'])('JSON whose text is %s is a bad row', async (text) => {
    const path = await file('a.jsonl', `{"text":${text},"label":1}\n{"text":"да","label":2}\n`);
    await expect(reviews(path)).rejects.toMatchObject({
      code: 'data.bad-row',
      message: expect.stringContaining(`line 1: row 1 has ${text} in column "text"`),
    });
    expect(await reviews(path, { skipBadRows: true })).toEqual([{ text: 'да', label: '2', row: 2 }]);
  });

  test('an empty text is a row, for the caller to leave out; a missing one is a bad row', async () => {
    const path = await file('a.jsonl', '{"text":null,"label":"x"}\n{"text":"","label":"y"}\n{"label":"z"}\n');
    const bad: string[] = [];
    const onBadRow = ({ message }: { message: string }) => bad.push(message);
    expect(
      (await reviews(path, { skipBadRows: true, onBadRow })).map(({ text, row }) => [text, row]),
    ).toEqual([
      ['', 1],
      ['', 2],
    ]);
    expect(bad).toEqual([expect.stringContaining('line 3: row 3 has nothing in column "text"')]);
  });

  test('weights are numbers above zero, in all three formats', async () => {
    const weighted = { weightColumn: 'weight' };
    const contents = ['text,label,weight\nда,x, 0.25\n', '{"text":"да","label":"x","weight":0.25}\n'];
    for (const [i, name] of ['a.csv', 'a.jsonl'].entries()) {
      const path = await file(name, contents[i] as string);
      expect(await reviews(path, weighted)).toEqual([{ text: 'да', label: 'x', row: 1, weight: 0.25 }]);
    }
  });

  test.each(['', '0', '-1', 'много', 'Infinity', '1e-60', '1e60', '0,5'])(
    'a row of weight "%s" is a bad row',
    async (weight) => {
      const path = await file('a.csv', `text;label;weight\nда;x;1\nнет;x;${weight}\n`);
      await expect(reviews(path, { weightColumn: 'weight' })).rejects.toMatchObject({
        code: 'data.bad-row',
        message: `${path}, line 3: row 2 has "${weight}" in column "weight", which is not a weight`,
        hint: expect.stringContaining('a number above zero'),
      });
      const skipped = await reviews(path, { weightColumn: 'weight', skipBadRows: true });
      expect(skipped.map(({ row }) => row)).toEqual([1]);
      await expect(reviews(path, { weightColumn: 'вес' })).rejects.toMatchObject({
        hint: expect.stringContaining('--weight-column'),
      });
    },
  );

  test('a row without a label is a bad row', async () => {
    const path = await file('a.csv', 'text,label\nда,x\nнет, \n');
    await expect(reviews(path)).rejects.toMatchObject({
      message: expect.stringContaining('line 3: row 2 has nothing'),
    });
    expect(await reviews(path, { skipBadRows: true })).toHaveLength(1);
  });
});

describe('a table is written', () => {
  test.each(['out.csv', 'out.tsv', 'out.jsonl'])('to %s, and reads back the same', async (name) => {
    const rows = [
      { text: 'с "кавычками", запятой\tи\nстрокой', label: '=формула' },
      { text: '', label: 'ё' },
    ];
    const path = join(folder, 'new', name);
    const writer = await openTableWriter(path, ['text', 'label']);
    for (const row of rows) await writer.write(row);
    await expect(read(path)).rejects.toMatchObject({ code: 'data.missing-file' }); // not before it is whole
    await writer.close();
    expect((await read(path)).rows.map(({ values }) => values)).toEqual(rows);
  });

  test.each(['out.csv', 'out.tsv', 'out.jsonl'])('to %s, whatever its texts hold', async (name) => {
    const text = fc.string({ unit: fc.constantFrom(...'аб ,;"\'\t\n\r=@\ufeff👍') });
    const rows = fc.array(fc.array(text, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 3 }), async (cells, width) => {
        const columns = ['text', 'label', 'group'].slice(0, width);
        const written = cells.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]!])));
        const path = join(folder, name);
        const writer = await openTableWriter(path, columns);
        for (const row of written) await writer.write(row);
        await writer.close();
        const table = await read(path);
        expect(table.columns).toEqual(columns);
        expect(table.rows.map(({ values }) => values)).toEqual(written);
      }),
      { numRuns: 50 },
    );
  });

  test('a name that is taken gets another', () => {
    expect(freeColumnName(['text'], 'label')).toBe('label');
    expect(freeColumnName(['text', 'label'], 'label')).toBe('predicted_label');
    expect(freeColumnName(['label', 'predicted_label'], 'label')).toBe('predicted_label_2');
  });
});
