/** From corrections to a better training file, by README's own command. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { openFeedbackStore } from '@otzyv/feedback';
import { expect, test } from 'vitest';
import { at, otzyv, rowsOf, TRAIN } from './testing/otzyv.ts';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

test('README: corrections and the training file become a file that trains', async () => {
  copyFileSync(TRAIN, at('train.csv'));
  const [first] = rowsOf(TRAIN);
  const [, command = ''] = /^npx otzyv (feedback .+)$/m.exec(README) ?? [];
  const [, place = ''] = /--store (\S+)/.exec(command) ?? [];
  mkdirSync(at(dirname(place)));
  const store = await openFeedbackStore(at(place));
  const correct = (text: string, label: string) => store.add({ text, label, model: 'first', client: 'shop' });
  await correct(first!['text']!, 'посуда');
  await correct('Кофеварка протекает', 'бытовая техника');
  await store.close();

  const made = await otzyv(...command.split(' '));
  expect(made.stderr).toBe('');
  expect(made.stdout).toContain(
    '2 corrections of 2 texts\ntrain.csv: 1 row relabelled, 0 confirmed, 1 added',
  );
  const [, output = ''] = /--output (\S+)/.exec(command) ?? [];
  expect(rowsOf(at(output))).toEqual([
    { ...first, label: 'посуда' },
    ...rowsOf(TRAIN).slice(1),
    { text: 'Кофеварка протекает', label: 'бытовая техника' },
  ]);
  const train = await otzyv('train', '--train', output, '--model', 'linear', '--output', 'corrected');
  expect(train.code).toBe(0);

  const data = await otzyv('feedback', '--store', place, '--output', 'only.jsonl', '--json');
  expect(JSON.parse(data.stdout)).toMatchObject({ corrections: 2, rows: 2, added: 2, disputed: 0 });
});

test('a store that is not there is not made; the mistake is told', async () => {
  expect(await otzyv('feedback', '--store', 'none.db', '--output', 'x.csv')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('none.db does not exist'),
  });
});
