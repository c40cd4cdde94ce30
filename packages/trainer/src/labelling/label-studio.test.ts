/** Label Studio’s tasks: read, labelled, and written so that it takes them back. */
import { describe, expect, test } from 'vitest';
import { at, CLASSES, does, label, open, put, read, useLabellingFolders } from '../testing/labelling.ts';

useLabellingFolders();

describe('Label Studio’s tasks', () => {
  const choice = (value: string) => ({
    result: [{ from_name: 'sentiment', to_name: 'message', type: 'choices', value: { choices: [value] } }],
  });
  const TASKS = [
    { id: 7, data: { text: 'Чайник', ref: 1 }, meta: { shop: 'а' } },
    {
      id: 8,
      data: { text: 'Сапоги' },
      predictions: [{ ...choice('обувь'), score: 0.4, model_version: 'м' }],
    },
    { id: 9, data: { text: 'Кружка' }, annotations: [{ ...choice('посуда'), id: 3, completed_by: 1 }] },
    { id: 10, data: { text: 'Спам' }, annotations: [{ result: [], was_cancelled: true }] },
  ];

  test('come out as they were, annotated by the names that they use', async () => {
    put('a.json', JSON.stringify(TASKS));
    const options = { file: at('a.json'), output: at('out.json') };
    await open(options, async (labelling) => {
      // that with a prediction comes first; what is annotated is not asked about
      expect(labelling.session.items.map(({ row }) => row)).toEqual([2, 1, 4]);
      expect(labelling.session.items[0]!.suggestions).toEqual([{ label: 'обувь', probability: 0.4 }]);
      does(labelling, 'обувь', 'skip', 'exclude');
      expect((await labelling.write()).labelledRows).toBe(2);
    });
    const [skipped, labelled, annotated, excluded] = JSON.parse(read('out.json'));
    expect(skipped).toEqual(TASKS[0]);
    expect(annotated).toEqual(TASKS[2]);
    expect(labelled).toMatchObject({
      ...TASKS[1],
      annotations: [{ ...choice('обувь'), was_cancelled: false }],
    });
    expect(excluded.annotations).toMatchObject([
      { was_cancelled: true },
      { result: [], was_cancelled: true },
    ]);
  });

  test('are annotated by the name that is given for one of them, and by their own for the other', async () => {
    put('a.json', JSON.stringify(TASKS));
    const options = { file: at('a.json'), output: at('out.json'), studioNames: { fromName: 'about' } };
    await label(options, 'обувь');
    expect(JSON.parse(read('out.json'))[1].annotations[0].result).toMatchObject([
      { from_name: 'about', to_name: 'message' },
    ]);
  });

  test('become a training file', async () => {
    put('a.json', JSON.stringify(TASKS));
    await label({ file: at('a.json') }, 'обувь', 'посуда', 'exclude');
    expect(read('out.csv')).toBe('text,ref,label\nЧайник,1,посуда\nСапоги,,обувь\nКружка,,посуда\n');
  });

  test('may be plain objects, as Label Studio takes them', async () => {
    put('a.json', JSON.stringify([{ message: 'Чайник' }, { message: 'Сапоги' }]));
    const options = { file: at('a.json'), textColumn: 'message', classes: CLASSES };
    await label(options, 'посуда', 'обувь');
    expect(read('out.csv')).toBe('message,label\nЧайник,посуда\nСапоги,обувь\n');
    // JSON-MIN has the labels of those that are annotated
    put(
      'b.json',
      JSON.stringify([
        { id: 1, text: 'Чайник', label: 'посуда', annotator: 1 },
        { id: 2, text: 'Сапоги' },
      ]),
    );
    await label({ file: at('b.json'), output: at('b.csv'), classes: CLASSES }, 'обувь');
    expect(read('b.csv')).toBe('id,text,label,annotator\n1,Чайник,посуда,1\n2,Сапоги,обувь,\n');
  });

  test('of an export name predictions by ids, which are left out', async () => {
    put('a.json', JSON.stringify([{ ...TASKS[0], predictions: [12, 13], annotations: [] }]));
    const options = { file: at('a.json'), output: at('out.json'), classes: CLASSES };
    await label(options, 'посуда');
    expect(JSON.parse(read('out.json'))).toMatchObject([{ ...TASKS[0], predictions: [], annotations: [{}] }]);
  });

  test.each([
    [
      '[{"data": {"text": "а"}, "annotations": [{"result": 1}]}]',
      'data.bad-task',
      /task 1 annotations\.0\.result/,
    ],
    ['[{"data": {"other": "а"}}]', 'data.missing-column', /no column "text" \(found: other\)/],
    ['[3]', 'data.bad-task', /task 1/],
    ['[]', 'data.empty-file', /no tasks/],
    ['[{"data"', 'data.bad-json', /not valid JSON/],
    [
      JSON.stringify([
        { data: { text: 'а' }, annotations: [{ result: [{ value: { choices: ['обувь', 'посуда'] } }] }] },
      ]),
      'data.bad-task',
      /several labels \(обувь, посуда\)/,
    ],
  ])('%s is refused', async (content, code, message) => {
    put('a.json', content);
    await expect(label({ file: at('a.json'), classes: CLASSES })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
