/** Labelling with a model: what it suggests, when it is asked, and which classes it refuses. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Classifier, loadClassifier } from '../inference/classifier.ts';
import {
  at,
  CLASSES,
  does,
  inRoot,
  label,
  open,
  put,
  read,
  useLabellingFolders,
} from '../testing/labelling.ts';
import { resolveRunOptions } from '../training/options.ts';
import { train } from '../training/train.ts';

useLabellingFolders();

describe('a model', () => {
  let classifier: Classifier;
  beforeAll(async () => {
    const file = inRoot('train.csv');
    const rows = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0 ? `чайник кружка ${n},посуда` : `сапоги ботинки ${n},обувь`,
    );
    writeFileSync(file, `text,label\n${rows.join('\n')}\n`);
    const run = inRoot('run');
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
