/** Ensembles as folders: what is written, who may be a member, what they answer together. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { writeTinyClassifier } from '../testing/tiny-bert.ts';
import { resolveRunOptions } from '../training/options.ts';
import { train } from '../training/train.ts';
import { type Classifier, loadClassifier } from './classifier.ts';
import { loadEnsemble } from './ensemble.ts';
import { writeEnsemble } from './ensemble-folder.ts';
import { evaluateFile } from './evaluate-file.ts';
import { exportModel } from './export.ts';
import { pooled } from './log-linear-pool.ts';
import { tuneClassifier } from './tune-classifier.ts';
import { writeTuning } from './tuning.ts';

const REVIEWS = fileURLToPath(
  new URL('../../../../test-fixtures/reviews/test-labelled.csv', import.meta.url),
);
const TEXTS = ['Куртка тёплая, рукава короткие', 'Чайник течёт', 'Всё отлично', 'не включается'];

let folder: string;
let labels: string[];
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-ensemble-'));
  const options = { model: 'linear', trainFile: REVIEWS, cleaning: { preset: 'standard' } } as const;
  await train(resolveRunOptions({ ...options, output: at('linear') }), { listen: () => undefined });
  labels = (await readModelCard(at('linear/best')))?.labels as string[];
  await writeTinyClassifier(at('tiny'), labels.toReversed()); // in another order, without a card
  const members = [
    { folder: at('linear'), weight: 0.7 },
    { folder: at('tiny'), weight: 0.5 },
  ];
  await writeEnsemble(at('both'), { members });
});
afterAll(() => rm(folder, { recursive: true }));

async function using<T>(path: string, work: (classifier: Classifier) => Promise<T>): Promise<T> {
  const classifier = await loadClassifier(path);
  return work(classifier).finally(() => classifier.dispose());
}

const answersOf = (path: string, texts = TEXTS) => using(path, (classifier) => classifier.predict(texts));

/** Columns in another order of the labels. */
function reordered(probabilities: Float32Array, from: readonly string[], to: readonly string[]): number[] {
  return Array.from({ length: probabilities.length / from.length }, (_, row) =>
    to.map((label) => probabilities[row * from.length + from.indexOf(label)] as number),
  ).flat();
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  Array.from(actual).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 5);
  });
}

describe('an ensemble', () => {
  test('answers with the pool of its members, whatever their kind and the order of their labels', async () => {
    const { probabilities, truncated, empty } = await answersOf(at('both'));
    const linear = (await answersOf(at('linear'))).probabilities;
    const tiny = reordered((await answersOf(at('tiny'))).probabilities, labels.toReversed(), labels);
    expectClose(probabilities, pooled([linear, tiny], [0.7, 0.5], labels.length));
    expect(truncated).toEqual([false, false, false, false]);
    expect(empty).toEqual([false, false, false, false]);
  });

  test('needs nothing but its folder, which says what is in it', async () => {
    const answers = await answersOf(at('both'));
    for (const name of ['linear', 'tiny']) renameSync(at(name), at(`${name}-away`));
    try {
      expect(await answersOf(at('both'))).toEqual(answers);
    } finally {
      for (const name of ['linear', 'tiny']) renameSync(at(`${name}-away`), at(name));
    }
    expect(readdirSync(at('both/members'))).toEqual(['1-linear', '2-tiny']);
    expect(existsSync(at('both/members/2-tiny/onnx/model.onnx'))).toBe(false);
    const card = await readModelCard(at('both'));
    expect(card).toMatchObject({
      kind: 'ensemble',
      labels,
      members: [{ name: '1-linear' }, { weight: 0.5 }],
    });
    expect(card?.classCounts).toEqual((await readModelCard(at('linear/best')))?.classCounts);
    const { id2label } = JSON.parse(readFileSync(at('both/config.json'), 'utf8'));
    expect(Object.values(id2label)).toEqual(labels);
    expect(readFileSync(at('both/README.md'), 'utf8')).toContain('| [2-tiny](members/2-tiny) | 0.500 |');
  });

  test('is measured, exported, and a member of another, like any model', async () => {
    const measure = (classifier: Classifier) =>
      evaluateFile(classifier, { file: REVIEWS, textColumn: 'text', labelColumn: 'label' });
    const seen: number[] = [];
    const { rows } = await using(at('both'), measure);
    await using(at('both'), (classifier) =>
      classifier.predict([...TEXTS, ...TEXTS], { onProgress: (done) => seen.push(done) }),
    );
    expect(rows).toBeGreaterThan(200);
    expect(seen.at(-1)).toBe(8);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));

    const { files } = await exportModel(at('both'), at('exported'));
    expect(files.map(({ name }) => name)).toContain(join('members', '1-linear', 'linear.json'));
    expect(await answersOf(at('exported'))).toEqual(await answersOf(at('both')));

    const members = [{ folder: at('both'), weight: 1 }];
    await writeEnsemble(at('nested'), { members });
    expectClose((await answersOf(at('nested'))).probabilities, (await answersOf(at('both'))).probabilities);
  });

  test('leaves a text to those that find something in it, and to the classes where none does', async () => {
    const texts = ['<br><br>', '  ', ...TEXTS];
    const { probabilities, empty } = await answersOf(at('both'), texts);
    expect(empty).toEqual([false, true, false, false, false, false]);
    const classes = labels.length;
    // cleaned by linear nothing is left of tags; the other was trained without cleaning
    const tiny = (await answersOf(at('tiny'), texts)).probabilities.subarray(0, classes);
    expectClose(
      probabilities.subarray(0, classes),
      pooled([reordered(tiny, labels.toReversed(), labels)], [0.7 + 0.5], classes),
    );
    const counts = (await readModelCard(at('both')))?.classCounts as number[];
    const total = counts.reduce((sum, n) => sum + n);
    expectClose(
      probabilities.subarray(classes, 2 * classes),
      counts.map((n) => n / total),
    );
  });

  test('does not load a member without weight', async () => {
    const members = [
      { folder: at('linear'), weight: 1 },
      { folder: at('tiny'), weight: 0 },
    ];
    await writeEnsemble(at('one-sided'), { members });
    rmSync(at('one-sided/members/2-tiny/model.safetensors'));
    expectClose(
      (await answersOf(at('one-sided'))).probabilities,
      (await answersOf(at('linear'))).probabilities,
    );
  });
});

describe('what cannot be pooled is refused, and nothing is written', () => {
  test('other labels, which are named', async () => {
    await writeTinyClassifier(at('other'), [...labels.slice(1), 'мебель']);
    const members = [
      { folder: at('linear'), weight: 1 },
      { folder: at('other'), weight: 1 },
    ];
    await expect(writeEnsemble(at('refused'), { members })).rejects.toMatchObject({
      code: 'labels.differ',
      message: expect.stringMatching(new RegExp(`other knows "мебель"; only .*linear knows "${labels[0]}"`)),
    });
    expect(existsSync(at('refused'))).toBe(false);
  });

  test.each([[[1, -0.5]], [[0, 0]], [[1, Number.NaN]]])('weights %j', async ([a, b]) => {
    const members = [
      { folder: at('linear'), weight: a as number },
      { folder: at('tiny'), weight: b as number },
    ];
    await expect(writeEnsemble(at('refused'), { members })).rejects.toMatchObject({
      code: 'options.weights',
    });
  });

  test('a member that is no model, in the middle of an older ensemble: that stays', async () => {
    await writeEnsemble(at('older'), { members: [{ folder: at('linear'), weight: 1 }] });
    const before = await answersOf(at('older'));
    await exportModel(at('linear'), at('broken'));
    writeFileSync(at('broken/linear.json'), 'torn');
    const members = [
      { folder: at('tiny'), weight: 1 },
      { folder: at('broken'), weight: 1 },
    ];
    await expect(writeEnsemble(at('older'), { members })).rejects.toMatchObject({ code: 'data.bad-json' });
    expect(await answersOf(at('older'))).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

test('members that were loaded are given back where a later one cannot be, and all by dispose', async () => {
  const card = (await readModelCard(at('both'))) as Parameters<typeof loadEnsemble>[1];
  const dispose = vi.fn(async () => undefined);
  const stand = { kind: 'linear', card: undefined, labels, maxLength: undefined, dispose } as const;
  const open = async (): Promise<Classifier> => ({ ...stand, predict: () => Promise.reject(new Error()) });
  let opened = 0;
  const second = () => (++opened < 2 ? open() : Promise.reject(new Error('torn')));
  await expect(loadEnsemble(at('both'), card, second)).rejects.toThrow('torn');
  expect(dispose).toHaveBeenCalledTimes(1);
  await (await loadEnsemble(at('both'), card, open)).dispose();
  expect(dispose).toHaveBeenCalledTimes(3);
});

test('a card that is not its members’ is told of', async () => {
  await exportModel(at('both'), at('changed'));
  const card = (await readModelCard(at('changed'))) as Parameters<typeof loadEnsemble>[1];
  await writeModelCard(at('changed'), { ...card, labels: card.labels.with(0, 'мебель') });
  await expect(loadClassifier(at('changed'))).rejects.toMatchObject({ code: 'model.broken-card' });
});

describe('8 bits', () => {
  test('are made for each BERT of an ensemble, which is measured as a whole and answers with them', async () => {
    await giveCard(at('tiny'));
    const members = [
      { folder: at('linear'), weight: 0.5 },
      { folder: at('tiny'), weight: 0.5 },
    ];
    await writeEnsemble(at('float'), { members });
    const validation = { file: REVIEWS, textColumn: 'text', labelColumn: 'label' };
    const { quantization } = await exportModel(at('float'), at('int8'), {
      quantize: { validation, maxF1Drop: 1 },
    });
    const measured = await using(at('float'), (classifier) => evaluateFile(classifier, validation));
    expect(quantization?.f1Weighted.float32).toBe(measured.metrics['f1_weighted']);

    const classifier = await loadClassifier(at('int8'), { dtype: 'int8' });
    const { probabilities } = await classifier.predict(TEXTS);
    await classifier.dispose();
    const before = (await answersOf(at('float'))).probabilities;
    expect(probabilities).not.toEqual(before);
    probabilities.forEach((value, i) => {
      expect(Math.abs(value - before[i]!)).toBeLessThan(0.05);
    });
    await writeEnsemble(at('again'), { members: [{ folder: at('int8'), weight: 1 }] });
    await (await loadClassifier(at('again'), { dtype: 'int8' })).dispose(); // they went along
  });

  test('are refused where no BERT has them, or there is none', async () => {
    await expect(loadClassifier(at('both'), { dtype: 'int8' })).rejects.toMatchObject({
      code: 'model.not-quantized',
    });
    await writeEnsemble(at('no-bert'), { members: [{ folder: at('linear'), weight: 1 }] });
    await expect(loadClassifier(at('no-bert'), { dtype: 'int8' })).rejects.toMatchObject({
      code: 'model.not-quantized',
      message: expect.stringContaining('an ensemble without a BERT'),
    });
    for (const name of ['no-bert', 'both']) {
      const exporting = exportModel(at(name), at('refused'), { quantize: { maxF1Drop: 1 } });
      await expect(exporting).rejects.toMatchObject({ code: 'options.quantize' });
    }
    expect(existsSync(at('refused'))).toBe(false);
  });
});

test('bench remembers how an ensemble answers fastest for all its BERTs, and has nothing to choose without one', async () => {
  await writeTuning(at('both'), 'float32', { threads: 1, batchSize: 2 });
  const seen: number[] = [];
  await using(at('both'), (classifier) =>
    classifier.predict(TEXTS, { onProgress: (done) => seen.push(done) }),
  );
  expect(seen).toEqual([3, 4]); // the second member's four texts, two by two
  await writeEnsemble(at('untuned'), { members: [{ folder: at('linear'), weight: 1 }] });
  await expect(tuneClassifier(at('untuned'), TEXTS)).rejects.toMatchObject({ code: 'options.linear' });
});

/** As if it had been trained here. */
async function giveCard(path: string): Promise<void> {
  const { source: _, ...card } = (await readModelCard(at('linear/best'))) as ModelCard;
  const [own, counts] = [labels.toReversed(), card.classCounts.toReversed()];
  await writeModelCard(path, {
    ...card,
    ...{ kind: 'bert', source: 'micro', labels: own, classCounts: counts, maxLength: 64 },
  } as ModelCard);
}
