/** A second person’s labels, met by text. */
import { describe, expect, test } from 'vitest';
import { at, CLASSES, label, open, put, useLabellingFolders } from '../testing/labelling.ts';

useLabellingFolders();

describe('a second person', () => {
  test('is met by text, whatever the order and the rows that are left out; equal texts in turn', async () => {
    put('a.csv', 'text\nЧайник\nОтлично!\nСапоги\nотлично\nКружка\n');
    put('b.csv', 'label,text\nобувь,Сапоги\nпосуда,"Чайник "\nобувь,Отлично\nпосуда,Отлично!\n');
    await open({ second: at('b.csv') }, async ({ session }) => {
      expect(session.classes).toEqual(CLASSES);
      expect(session.items.map(({ second }) => second)).toEqual([
        'посуда',
        'обувь',
        'обувь',
        'посуда',
        undefined,
      ]);
    });
  });

  test.each([
    ['text,label\nЧай,обувь\nКофе,обувь\nОтлично,посуда\n', 'data.other-file', /other texts than .*1 of 3/],
    ['text,label\nЧайник,\nСапоги,\n', 'data.no-labels', /b\.csv has no labels/],
    ['text,label\nЧайник,посуда\nСапоги,абувь\n', 'labels.unknown', /b\.csv: row 2: unknown label "абувь"/],
    ['review,label\nЧайник,посуда\n', 'data.missing-column', /b\.csv has no column "text"/],
  ])('whose file is %j is refused', async (content, code, message) => {
    put('a.csv', 'text\nЧайник\nСапоги\nОтлично\nКружка\n');
    put('b.csv', content);
    await expect(label({ second: at('b.csv'), classes: CLASSES })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
