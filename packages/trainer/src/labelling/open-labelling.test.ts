/** Labelling sessions with their files: what comes out, what a kill leaves, and what is refused. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Classifier, loadClassifier } from '../inference/classifier.ts';
import { writeAudit } from '../training/audit-file.ts';
import { loadDataset } from '../training/dataset.ts';
import { resolveRunOptions } from '../training/options.ts';
import { train } from '../training/train.ts';
import { keptOriginal } from './in-place.ts';
import { journalPath } from './journal.ts';
import type { LabellingOptions } from './labelling-options.ts';
import { type Labelling, type LabellingSummary, withLabelling } from './open-labelling.ts';
import { currentItem, type LabellingAction, type LabellingSession, step } from './session.ts';

let root: string;
let folder: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'otzyv-labelling-'));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
});

const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), 'utf8');
function put(name: string, content: string): string {
  writeFileSync(at(name), content);
  return at(name);
}

const COLUMNS = { textColumn: 'text', labelColumn: 'label' };
const CLASSES = ['обувь', 'посуда'];

const open = <T>(options: Partial<LabellingOptions>, work: (labelling: Labelling) => Promise<T>) =>
  withLabelling({ file: at('a.csv'), output: at('out.csv'), ...COLUMNS, ...options }, work);

/** Does what a person would: a label for the review that is looked at, or what else is said of it. */
function does(labelling: Labelling, ...said: readonly string[]): void {
  for (const word of said) {
    const { row } = currentItem(labelling.session)!;
    if (word === 'undo') labelling.act({ type: 'undo' });
    else if (word === 'back') labelling.act(step(labelling.session, -1) ?? { type: 'go', row });
    else {
      const verdict =
        word === 'skip' || word === 'exclude'
          ? ({ kind: word } as const)
          : ({ kind: 'label', label: word } as const);
      labelling.act({ type: 'decide', row, verdict, time: 1_700_000_000_000 + row });
    }
  }
}

/** A whole sitting. */
const label = (options: Partial<LabellingOptions>, ...said: readonly string[]): Promise<LabellingSummary> =>
  open(options, async (labelling) => {
    does(labelling, ...said);
    return labelling.write();
  });

const state = ({ decisions, at: place, latest }: LabellingSession) => ({ decisions, place, latest });

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
    expect(readdirSync(folder)).toEqual(['a.csv']);
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

describe('a session that was killed', () => {
  const anySaid = fc.array(fc.constantFrom('обувь', 'посуда', 'skip', 'exclude', 'undo', 'back'), {
    maxLength: 20,
  });

  test('goes on as one that never was, wherever it was cut off', async () => {
    put('a.csv', `text\n${'Отзыв\n'.repeat(8)}`);
    await fc.assert(
      fc.asyncProperty(anySaid, fc.double({ min: 0, max: 1, noNaN: true }), async (said, share) => {
        const output = at(`${count++}.csv`);
        const states = await open({ output, classes: CLASSES }, async (labelling) => [
          state(labelling.session),
          ...said.map((word) => {
            does(labelling, word);
            return state(labelling.session);
          }),
        ]);
        const journal = readFileSync(journalPath(output));
        const begun = journal.indexOf('\n') + 1;
        // what a kill leaves: lines, and perhaps half of one more
        const left = begun + Math.floor(share * (journal.length - begun));
        truncateSync(journalPath(output), left);
        const keys = journal.subarray(begun, left).toString().split('\n').length - 1;
        await open({ output, classes: CLASSES }, async (labelling) => {
          expect(labelling.isResumed).toBe(true);
          expect(state(labelling.session)).toEqual(states[keys]);
          does(labelling, ...said.slice(keys));
          expect(state(labelling.session)).toEqual(states.at(-1));
        });
        expect(readFileSync(journalPath(output))).toEqual(journal);
      }),
      { numRuns: 40 },
    );
  });

  test('before its first line was whole begins anew', async () => {
    put('a.csv', 'text\nЧайник\n');
    put('out.csv.journal', '{"type":"beg');
    await label({ classes: CLASSES }, 'посуда');
    expect(read('out.csv')).toBe('text,label\nЧайник,посуда\n');
  });

  test('whose disk was full did not do what it could not save', async () => {
    put('a.csv', 'text\nЧайник\n');
    await open({ classes: CLASSES }, async (labelling) => {
      const before = state(labelling.session);
      const circular: Record<string, unknown> = { type: 'go' };
      circular['row'] = circular; // what cannot be written
      expect(() => labelling.act(circular as unknown as LabellingAction)).toThrow();
      expect(state(labelling.session)).toEqual(before);
    });
  });

  test('is not gone on with by two at once, nor on another file, nor from a spoiled journal', async () => {
    put('a.csv', 'text\nЧайник\nСапоги\n');
    await open({ classes: CLASSES }, async (labelling) => {
      does(labelling, 'посуда');
      await expect(label({ classes: CLASSES })).rejects.toMatchObject({ code: 'run.locked' });
    });
    put('a.csv', 'text\nДругое\nСапоги\n');
    await expect(label({ classes: CLASSES })).rejects.toMatchObject({ code: 'data.other-file' });
    put('out.csv.journal', '{"type":"begin"}\n');
    await expect(label({ classes: CLASSES })).rejects.toMatchObject({
      code: 'data.bad-journal',
      message: expect.stringContaining('line 1'),
    });
  });
});

describe('a model', () => {
  let classifier: Classifier;
  beforeAll(async () => {
    const file = join(root, 'train.csv');
    const rows = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0 ? `чайник кружка ${n},посуда` : `сапоги ботинки ${n},обувь`,
    );
    writeFileSync(file, `text,label\n${rows.join('\n')}\n`);
    const run = join(root, 'run');
    await train(resolveRunOptions({ model: 'linear', trainFile: file, output: run }), {
      listen: () => undefined,
    });
    classifier = await loadClassifier(run);
  });
  afterAll(() => classifier.dispose());

  test('suggests labels; the least certain come first, and the most suspicious of those that have one', async () => {
    put('a.csv', 'text\nчайник кружка\nсапоги чайник\nботинки\n');
    const model = { name: 'runs/x', classifier };
    const asked: number[] = [];
    await open({ model, onPredicted: (done) => asked.push(done) }, async ({ session }) => {
      expect(asked).toEqual([3]);
      expect(session.classes).toEqual(classifier.labels);
      expect(session.items[0]).toMatchObject({ row: 2 });
      const probabilities = session.items.map(({ suggestions: [best] }) => best!.probability!);
      expect(probabilities).toEqual(probabilities.toSorted((a, b) => a - b));
      expect(session.items.find(({ row }) => row === 3)?.suggestions[0]?.label).toBe('обувь');
    });
    put('b.csv', 'text,label\nчайник,посуда\nсапоги,посуда\nботинки,обувь\n');
    await open({ file: at('b.csv'), output: at('b-out.csv'), model }, async ({ session }) => {
      expect(session.items[0]).toMatchObject({
        row: 2,
        label: 'посуда',
        suggestions: [{ label: 'обувь' }, {}],
      });
      expect(session.items[0]!.labelProbability).toBeLessThan(0.5);
    });
  });

  test('is not asked again by a session that goes on; another order keeps what was decided', async () => {
    put('a.csv', 'text\nчайник кружка\nсапоги чайник\nботинки\n');
    let asked = 0;
    const model = { name: 'runs/x', classifier };
    const onPredicted = () => asked++;
    await open({ model, onPredicted }, async (labelling) => does(labelling, 'посуда', 'обувь'));
    await open({ model, onPredicted }, async ({ session }) => expect(session.at).toBe(2));
    expect(asked).toBe(1);
    await open({ model: undefined, classes: CLASSES, limit: 1 }, async ({ session }) => {
      expect(session.items.map(({ row }) => row)).toEqual([1, 2, 3]);
      expect(session.decisions.filter((decision) => decision !== undefined)).toHaveLength(2);
    });
  });

  test('with other classes than were labelled before is refused', async () => {
    put('a.csv', 'text\nчайник\nсапоги\n');
    await label({ classes: ['вазы', 'посуда'] }, 'вазы');
    await expect(label({ model: { name: 'runs/x', classifier } })).rejects.toMatchObject({
      code: 'labels.unknown',
      message: expect.stringContaining('out.csv.journal: row 1: unknown label "вазы"'),
    });
  });

  test('that does not know a class of the file is refused', async () => {
    put('a.csv', 'text,label\nчайник,Посуда\n');
    await expect(label({ model: { name: 'runs/x', classifier } })).rejects.toMatchObject({
      code: 'labels.unknown',
      message: expect.stringMatching(/a\.csv: row 1: unknown label "Посуда"/),
      hint: expect.stringContaining('"посуда"'),
    });
  });

  test('and a person’s labels go to Label Studio', async () => {
    put('a.csv', 'text,id\nчайник кружка,17\nсапоги,18\n');
    await label({ output: at('out.json'), model: { name: 'runs/x', classifier }, limit: 1 }, 'обувь');
    const tasks = JSON.parse(read('out.json'));
    expect(tasks).toHaveLength(2);
    const labelled = tasks.find(({ annotations }: { annotations?: unknown }) => annotations !== undefined);
    expect(labelled).toEqual({
      data: { text: expect.any(String), id: expect.any(String) },
      predictions: [
        {
          model_version: 'runs/x',
          score: expect.any(Number),
          result: [
            {
              from_name: 'label',
              to_name: 'text',
              type: 'choices',
              value: { choices: [expect.any(String)] },
            },
          ],
        },
      ],
      annotations: [
        {
          result: [{ from_name: 'label', to_name: 'text', type: 'choices', value: { choices: ['обувь'] } }],
          was_cancelled: false,
          ground_truth: false,
          created_at: expect.stringMatching(/^2023-11-14T/),
        },
      ],
    });
  });
});

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

describe('refused', () => {
  test.each([
    ['no such column', 'review\nа\n', {}, 'data.missing-column', /no column "text" \(found: review\)/],
    [
      'no texts',
      'text,label\n,обувь\n ,посуда\n',
      {},
      'data.no-texts',
      /no text in any row of column "text"/,
    ],
    ['no classes', 'text\nа\n', {}, 'data.no-labels', /no labels yet/],
    [
      'an unknown class',
      'text,label\nа,вазы\n',
      { classes: CLASSES },
      'labels.unknown',
      /row 1: unknown label "вазы"/,
    ],
    ['no rows', 'text,label\n', {}, 'data.empty-file', /has no rows/],
  ])('is a file with %s, and nothing is left behind', async (_, content, options, code, message) => {
    put('a.csv', content);
    await expect(label(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(readdirSync(folder)).toEqual(['a.csv']);
  });

  test('is an output that somebody else has made', async () => {
    put('a.csv', 'text\nЧайник\n');
    put('out.csv', 'не наше');
    await expect(label({ classes: CLASSES })).rejects.toMatchObject({ code: 'data.exists' });
    expect(read('out.csv')).toBe('не наше');
    await label({ classes: CLASSES, overwrite: true }, 'посуда');
    expect(read('out.csv')).toBe('text,label\nЧайник,посуда\n');
  });
});
