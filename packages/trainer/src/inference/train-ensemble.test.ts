/** From runs to an ensemble of them: what its weights are learned on, and when that is refused. */
import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { writeTinyClassifier } from '../testing/tiny-bert.ts';
import { calibrateModel } from '../training/calibrate.ts';
import { evaluationOf } from '../training/evaluate.ts';
import { fitDecision } from '../training/fit-decision.ts';
import { resolveRunOptions } from '../training/options.ts';
import { readPredictions, writePredictions } from '../training/predictions-file.ts';
import { readResults } from '../training/results.ts';
import { train } from '../training/train.ts';
import { loadClassifier } from './classifier.ts';
import { learnWeights, logProbabilities, pooled, poolLoss } from './log-linear-pool.ts';
import { reordered } from './probability-table.ts';
import { heldOutTexts } from './quantize-model.ts';
import { type TrainEnsembleOptions, trainEnsemble } from './train-ensemble.ts';

const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/', import.meta.url));
const [TRAIN, LABELLED] = ['train.csv', 'test-labelled.csv'].map((name) => join(REVIEWS, name)) as [
  string,
  string,
];

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const heldOutBy = (run: string) => readPredictions(at(run, 'validation_pred.csv'));

async function run(name: string, options: object = {}): Promise<void> {
  const given = { model: 'linear', trainFile: LABELLED, output: at(name), ...options };
  await train(resolveRunOptions(given), { listen: () => undefined });
}

/** A run of another model: the same rows, its labels in another order, and a voice that is all its own. */
async function writeForeignRun(): Promise<void> {
  const linear = await heldOutBy('linear');
  const labels = linear.labels.toReversed();
  await mkdir(at('foreign'));
  await writeTinyClassifier(at('foreign/best'), labels);
  writeFileSync(at('foreign/run.json'), '{}');
  const classifier = await loadClassifier(at('foreign'));
  const { probabilities } = await classifier.predict(linear.texts);
  await classifier.dispose();
  const labelIds = linear.labelIds.map((id) => labels.length - 1 - id);
  await writePredictions(at('foreign/validation_pred.csv'), { ...linear, labels, labelIds, probabilities });
}

async function writeRunOfOtherRows(): Promise<void> {
  cpSync(at('linear'), at('elsewhere'), { recursive: true });
  const { rows, ...rest } = await heldOutBy('linear');
  await writePredictions(at('elsewhere/validation_pred.csv'), { ...rest, rows: rows.map((row) => row + 1) });
}

async function writeRefittedRun(): Promise<void> {
  cpSync(at('linear'), at('refitted'), { recursive: true });
  const card = (await readModelCard(at('refitted/best'))) as ModelCard;
  await writeModelCard(at('refitted/best'), { ...card, trainedOn: { ...card.trainedOn, refitted: true } });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-train-ensemble-'));
  await run('linear');
  await run('plain', { classWeights: 'none' });
  await writeRunOfOtherRows();
  await writeRefittedRun();
  await writeForeignRun();
});
afterAll(() => rm(folder, { recursive: true }));

const ensemble = (models: string[], output: string, more: Partial<TrainEnsembleOptions> = {}) =>
  trainEnsemble({ models: models.map((name) => at(name)), output: at(output), ...more });

describe('runs that were validated on the same rows', () => {
  test('teach their weights by the answers they left, whatever the order of their labels', async () => {
    const { members, measurement } = await ensemble(['linear', 'plain', 'foreign'], 'three');
    const [linear, plain, foreign] = await Promise.all(['linear', 'plain', 'foreign'].map(heldOutBy));
    const { labels, labelIds } = linear!;
    const voices = [linear!, plain!, foreign!].map(({ probabilities, labels: own }) =>
      reordered(probabilities, own, labels),
    );
    const weights = learnWeights(voices, labelIds, labels.length);
    expect(members.map(({ weight }) => weight)).toEqual(weights);
    measurement?.members.forEach(({ metrics }, m) => {
      expect(metrics).toEqual(evaluationOf(voices[m]!, labelIds, labels, []).metrics);
    });
    // whoever is measured on what it was learned from looks better than it is
    expect(measurement?.parts).toBe(5);
    const flattering = poolLoss(voices.map(logProbabilities), labelIds, labels.length, weights).value;
    expect(measurement?.together.metrics['log_loss']).toBeGreaterThan(flattering);

    const classifier = await loadClassifier(at('three'));
    const { probabilities } = await classifier.predict(linear!.texts);
    await classifier.dispose();
    const expected = pooled(voices, weights, labels.length);
    probabilities.forEach((probability, i) => {
      expect(probability).toBeCloseTo(expected[i]!, 4);
    });
  });

  test('are made into one ensemble by one process at a time', async () => {
    const both = [1, 2].map(() => ensemble(['linear', 'plain'], 'raced'));
    const failed = (await Promise.allSettled(both)).filter(({ status }) => status === 'rejected');
    expect(failed).toEqual([
      {
        status: 'rejected',
        reason: expect.objectContaining({ code: expect.stringMatching(/^run\.(locked|exists)$/) }),
      },
    ]);
    await (await loadClassifier(at('raced'))).dispose();
    expect((await readdir(folder)).filter((name) => name.includes('.raced'))).toEqual([]);
  });

  test('leave an ensemble that is measured like a run, and can be pooled further', async () => {
    const { measurement } = await ensemble(['linear', 'plain'], 'two');
    const { labels, texts, labelIds, probabilities } = await heldOutBy('two');
    expect(texts).toEqual((await heldOutBy('linear')).texts);
    const { metrics, intervals, confusion } = evaluationOf(probabilities, labelIds, labels, []);
    expect(await readResults(at('two'))).toMatchObject({ metrics, intervals, confusion });
    expect(measurement?.together.metrics).toEqual(metrics);
    const card = JSON.parse(readFileSync(at('two/best/otzyv.json'), 'utf8'));
    expect(card.metrics).toEqual(metrics);
    expect((await heldOutTexts(at('two'), card)).file).toBe(at('two/validation_pred.csv'));
    const { members } = await ensemble(['two', 'foreign'], 'further');
    expect(members[0]?.weight).toBeGreaterThan(members[1]!.weight);
  });

  test('may be given their weights: nothing is learned then', async () => {
    const { members, measurement } = await ensemble(['linear', 'plain'], 'given', { weights: [0.3, 0.7] });
    expect(members.map(({ weight }) => weight)).toEqual([0.3, 0.7]);
    expect(measurement).not.toHaveProperty('parts');
    const [both, ...voices] = await Promise.all(['given', 'linear', 'plain'].map(heldOutBy));
    const scores = voices.map((voice) => voice.probabilities);
    expect(both!.probabilities).toEqual(pooled(scores, [0.3, 0.7], voices[0]!.labels.length));
  });
});

test('models that were never measured together answer by given weights, unmeasured', async () => {
  const trained = await ensemble(['linear', 'elsewhere'], 'unmeasured', { weights: [1, 1] });
  expect(trained).not.toHaveProperty('measurement');
  expect((await readdir(at('unmeasured'))).sort()).toEqual(['best', 'ensemble.json']);
  expect(await readModelCard(at('unmeasured/best'))).toMatchObject({ kind: 'ensemble', metrics: {} });
});

test('a member’s calibration changes nothing: it is pooled by its own scores, however they are had', async () => {
  cpSync(at('linear'), at('calibrated'), { recursive: true });
  const card = (await readModelCard(at('calibrated/best'))) as ModelCard;
  const decision = { ...(card.decision as NonNullable<ModelCard['decision']>), temperature: 3 };
  await writeModelCard(at('calibrated/best'), { ...card, decision });
  const validation = { file: at('linear/validation_pred.csv'), textColumn: 'text', labelColumn: 'label' };
  const own = await ensemble(['linear', 'foreign'], 'own-scores', { validation });
  const other = await ensemble(['calibrated', 'foreign'], 'other-scores', { validation });
  other.members.forEach(({ weight }, m) => {
    expect(weight).toBeCloseTo(own.members[m]!.weight, 6);
  });
});

test('an ensemble is calibrated like a run, by what it answered to rows its weights had not seen', async () => {
  await ensemble(['linear', 'plain'], 'uncalibrated');
  const { decision } = await calibrateModel(at('uncalibrated'));
  const predictions = await heldOutBy('uncalibrated');
  expect(decision.temperature).toBe(fitDecision(predictions, '').decision.temperature);
  expect((await readModelCard(at('uncalibrated/best')))?.decision).toEqual(decision);
});

test('a labelled file teaches what the runs’ own rows would, if it holds them', async () => {
  const validation = { file: at('linear/validation_pred.csv'), textColumn: 'text', labelColumn: 'label' };
  const asked: string[] = [];
  const anew = await ensemble(['linear', 'foreign'], 'anew', {
    validation,
    onProgress: (model, done, total) => asked.push(`${model} ${done}/${total}`),
  });
  const read = await ensemble(['linear', 'foreign'], 'read');
  anew.members.forEach(({ weight }, m) => {
    expect(weight).toBeCloseTo(read.members[m]!.weight, 4);
  });
  const rows = (await heldOutBy('linear')).rows.length;
  expect(anew.measurement?.together.rows).toBe(rows);
  expect(asked.at(-1)).toBe(`${at('foreign')} ${rows}/${rows}`);

  const { texts, rows: numbers, labelIds, probabilities, ...rest } = await heldOutBy('linear');
  await writePredictions(at('with-empty.csv'), {
    ...rest,
    texts: [...texts, '<br>'],
    rows: [...numbers, 999],
    labelIds: [...labelIds, 0],
    probabilities: Float32Array.from([...probabilities, ...probabilities.subarray(0, rest.labels.length)]),
  });
  const file = at('with-empty.csv');
  const { measurement } = await ensemble(['linear', 'foreign'], 'with-empty', {
    validation: { ...validation, file },
  });
  expect(measurement).toMatchObject({ emptyTexts: 1, together: { rows } });
});

describe('refused, with nothing written:', () => {
  const labelled = (file: string) => ({ validation: { file, textColumn: 'text', labelColumn: 'label' } });
  test.each([
    [
      'other rows',
      ['linear', 'elsewhere'],
      {},
      'options.missing',
      /linear and .*elsewhere were validated on/,
    ],
    [
      'a run that has learned from its rows',
      ['linear', 'refitted'],
      {},
      'options.missing',
      /once more on all/,
    ],
    [
      'a model that is no run',
      ['linear', 'foreign/best'],
      { weights: [1] },
      'options.weights',
      /1 weights for 2/,
    ],
    ['one model', ['linear'], {}, 'options.missing', /not of 1/],
    ['a model named twice', ['linear', 'linear/best'], {}, 'options.twice', /named twice/],
    [
      'the file that one was trained on',
      ['linear', 'plain'],
      labelled(LABELLED),
      'options.validation',
      /trained on/,
    ],
  ] as const)('%s', async (_, models, more, code, message) => {
    await expect(ensemble([...models], 'refused', more)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(existsSync(at('refused'))).toBe(false);
  });

  test('a run that has learned from its rows may be pooled by a file it has not seen', async () => {
    const { measurement } = await ensemble(['linear', 'refitted'], 'by-file', labelled(TRAIN));
    expect(measurement?.together.rows).toBeGreaterThan(700);
  });
});

describe('the folder', () => {
  test('is replaced where that is asked for, and only an ensemble’s', async () => {
    await ensemble(['linear', 'plain'], 'taken');
    await expect(ensemble(['linear', 'foreign'], 'taken')).rejects.toMatchObject({ code: 'run.exists' });
    await ensemble(['linear', 'foreign'], 'taken', { overwrite: true });
    expect(await readdir(at('taken/best/members'))).toEqual(['1-linear', '2-foreign']);
    await expect(ensemble(['plain', 'foreign'], 'linear', { overwrite: true })).rejects.toMatchObject({
      code: 'run.exists',
    });
    copyFileSync(TRAIN, at('taken/mine.csv'));
    await expect(ensemble(['linear', 'plain'], 'taken', { overwrite: true })).rejects.toMatchObject({
      message: expect.stringContaining('mine.csv'),
    });
    await rm(at('taken/mine.csv'));
    await expect(ensemble(['taken', 'plain'], 'taken', { overwrite: true })).rejects.toMatchObject({
      message: expect.stringContaining('which would be replaced'),
    });
    expect(existsSync(at('taken/best/members/2-foreign/model.safetensors'))).toBe(true);
  });

  test('is left as it was by one who stops', async () => {
    const stop = new AbortController();
    const more = {
      validation: { file: TRAIN, textColumn: 'text', labelColumn: 'label' },
      signal: stop.signal,
    };
    const onProgress = () => stop.abort();
    const stopped = ensemble(['plain', 'foreign'], 'stopped', { ...more, onProgress });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(at('stopped'))).toBe(false);
  });
});
