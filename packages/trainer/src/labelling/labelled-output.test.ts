/** What comes out of a labelled table, and that training takes it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { at, CLASSES, label, put, read, useLabellingFolders } from '../testing/labelling.ts';
import { loadDataset } from '../training/dataset.ts';
import { resolveRunOptions } from '../training/options.ts';
import { keptOriginal } from './in-place.ts';

useLabellingFolders();

describe('a table', () => {
  test('keeps its columns, their order, its delimiter and its mark; rows without a label are left out', async () => {
    put(
      'a.csv',
      '\uFEFFid;text;цена\n1;"Чайник; течёт";5,50\n2;Сапоги жмут;7\n3;=СУММА;1\n4;"Кружка ""М""";2\n5;;3\n',
    );
    const summary = await label({ classes: CLASSES }, 'посуда', 'обувь', 'exclude', 'skip');
    expect(read('out.csv')).toBe(
      '\uFEFFid;text;цена;label\n1;"Чайник; течёт";5,50;посуда\n2;Сапоги жмут;7;обувь\n',
    );
    expect(summary).toEqual({ output: at('out.csv'), labelledRows: 2, decisions: undefined });
  });

  test('with some labels: those that lack one are asked about, the others stay as they are', async () => {
    put('a.csv', 'text,label\nЧайник, посуда \nСапоги,\n');
    await label({}, 'посуда');
    expect(read('out.csv')).toBe('text,label\nЧайник, посуда \nСапоги,посуда\n');
  });

  test('of JSON lines keeps its types', async () => {
    put('a.jsonl', '{"text":"Чайник","stars":5,"tags":["а"]}\n{"text":"Сапоги","stars":null}\n');
    await label({ file: at('a.jsonl'), output: at('out.jsonl'), classes: CLASSES }, 'посуда', 'обувь');
    expect(read('out.jsonl')).toBe(
      '{"text":"Чайник","stars":5,"tags":["а"],"label":"посуда"}\n{"text":"Сапоги","stars":null,"label":"обувь"}\n',
    );
  });

  test('is what training takes', async () => {
    const lines = Array.from({ length: 12 }, (_, n) => `Отзыв о товаре номер ${n},${n}`);
    put('a.csv', `text,id\n${lines.join('\n')}\n`);
    await label({ classes: CLASSES }, ...lines.map((_, n) => (n % 2 === 0 ? 'посуда' : 'обувь')));
    const options = resolveRunOptions({ model: 'linear', trainFile: at('out.csv'), output: at('run') });
    const { labels, everything } = await loadDataset(options, () => undefined);
    expect(labels).toEqual(CLASSES);
    expect(everything.rows).toHaveLength(12);
  });

  test('that is overwritten, as it was asked for, keeps all rows, and stays beside as it was', async () => {
    const before = 'text,label\nЧайник,\nСапоги,\nСпам,\nКружка,\n';
    put('a.csv', before);
    await expect(label({ output: at('a.csv') })).rejects.toMatchObject({ code: 'data.exists' });
    await expect(label({ output: at('a.csv'), overwrite: true })).rejects.toMatchObject({
      code: 'data.no-labels',
    });
    expect(readdirSync(at('.'))).toEqual(['a.csv']);
    const inPlace = { output: at('a.csv'), overwrite: true, classes: CLASSES };
    await label(inPlace, 'посуда');
    expect(read('a.csv')).toBe('text,label\nЧайник,посуда\nСапоги,\nСпам,\nКружка,\n');
    await label(inPlace, 'обувь', 'exclude');
    expect(read('a.csv')).toBe('text,label\nЧайник,посуда\nСапоги,обувь\nКружка,\n');
    expect(readFileSync(keptOriginal(at('a.csv')), 'utf8')).toBe(before);
    // a kill before the file was put in its place leaves the one before: that is ours, too
    put('a.csv', before);
    await label(inPlace);
    expect(read('a.csv')).toBe('text,label\nЧайник,посуда\nСапоги,обувь\nКружка,\n');
    put('a.csv', `${read('a.csv')}Тарелка,\n`);
    await expect(label(inPlace)).rejects.toMatchObject({
      code: 'data.other-file',
      message: expect.stringContaining('is not what it was'),
    });
    expect(read('a.csv')).toContain('Тарелка');
  });
});
