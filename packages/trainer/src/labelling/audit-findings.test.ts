/** An audit that is worked through: what comes first, and both files that come out. */
import { beforeEach, describe, expect, test } from 'vitest';
import { at, does, label, open, put, read, useLabellingFolders } from '../testing/labelling.ts';
import { writeAudit } from '../training/audit-file.ts';
import { loadDataset } from '../training/dataset.ts';
import { resolveRunOptions } from '../training/options.ts';

useLabellingFolders();

describe('an audit', () => {
  const TEXTS = ['Чайник', '=Кружка', 'Сапоги', 'Тарелка'].concat(
    Array.from({ length: 12 }, (_, n) => `Отзыв номер ${n}`),
  );
  const LABELS = TEXTS.map((_, n) => (n % 2 === 0 ? 'обувь' : 'посуда'));
  beforeEach(async () => {
    put('a.csv', `text,label\n${TEXTS.map((text, i) => `${text},${LABELS[i]}\n`).join('')}`);
    const finding = (row: number, decision: 'exclude' | '', suggestedLabel?: string) => ({
      ...{ kinds: ['label'] as const, row, text: TEXTS[row - 1]!, label: LABELS[row - 1]! },
      ...{ ...(suggestedLabel !== undefined && { suggestedLabel }), quality: row / 100 },
      ...{ otherRows: [], validationRows: [], decision },
    });
    await writeAudit(at('audit.csv'), [
      finding(1, '', 'посуда'),
      finding(2, '', 'обувь'),
      finding(4, 'exclude'),
    ]);
  });
  const audit = () => ({ file: at('audit.csv'), decisions: at('decided.csv') });

  test('is worked through from its top; both files that come out train the same', async () => {
    await open({ audit: audit() }, async (labelling) => {
      expect(labelling.session.items).toMatchObject([
        {
          ...{ row: 1, label: 'обувь', labelProbability: 0.01, suggestions: [{ label: 'посуда' }] },
          note: 'its label is probably wrong',
        },
        { row: 2, text: '=Кружка' },
        { row: 4, note: 'its label is probably wrong; the audit leaves it out' },
      ]);
      does(labelling, 'посуда', 'посуда', 'skip');
      await labelling.write();
    });
    expect(read('out.csv')).toMatch(
      /^text,label\nЧайник,посуда\n=Кружка,посуда\nСапоги,обувь\nОтзыв номер 0,обувь\n/,
    );
    const decisions = read('decided.csv')
      .split('\n')
      .map((line) => line.split(',')[0]);
    expect(decisions).toEqual(['\uFEFFdecision', 'посуда', 'keep', 'exclude', '']);
    expect(read('decided.csv')).toContain("keep,label,2,посуда,обувь,0.0200,,,'=Кружка\n");

    const dataOf = async (files: { trainFile: string; exclude?: string }) => {
      const options = resolveRunOptions({ model: 'linear', output: at('run'), ...files });
      const { everything, labels } = await loadDataset(options, () => undefined);
      return everything.texts.map((text, i) => [text, labels[everything.labelIds[i]!]]).sort();
    };
    const corrected = await dataOf({ trainFile: at('out.csv') });
    expect(corrected).toHaveLength(15);
    expect(await dataOf({ trainFile: at('a.csv'), exclude: at('decided.csv') })).toEqual(corrected);
  });

  test('of other texts is refused', async () => {
    put('a.csv', 'text,label\nЧайник,обувь\nДругое,посуда\nСапоги,обувь\nТарелка,посуда\n');
    await expect(label({ audit: audit() })).rejects.toMatchObject({
      code: 'data.other-file',
      message: expect.stringContaining('row 2'),
    });
  });

  test('is not overwritten unless it is asked for', async () => {
    const same = { file: at('audit.csv'), decisions: at('audit.csv') };
    await expect(label({ audit: same })).rejects.toMatchObject({ code: 'data.exists' });
    await label({ audit: same, overwrite: true }, 'exclude');
    expect(read('audit.csv').split('\n')[1]).toMatch(/^exclude,label,1,/);
    await open({ audit: same, overwrite: true }, async ({ session }) => expect(session.at).toBe(1));
  });
});
