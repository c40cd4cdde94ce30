/** Cross-validations, with processes of their own for their folds: whole, broken off, and failing. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadClassifier } from '../inference/classifier.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { crossValidate, crossValidateOrResume, resumeCrossValidation } from './cross-validation.ts';
import type { CrossValidationContext, CrossValidationEvent } from './cross-validation-events.ts';
import { type CrossValidationOptions, resolveCrossValidation } from './cross-validation-options.ts';
import { readCrossValidation } from './cross-validation-results.ts';
import { readPredictions } from './predictions-file.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));
const ROWS = 120;

let folder: string;
let small: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-crossval-'));
  small = join(folder, 'small.csv');
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",(одежда|обувь|электроника)$/.test(line));
  writeFileSync(small, ['text,label', ...rows.slice(0, ROWS), ''].join('\n'));
  await writeTinyBert(join(folder, 'tiny-bert'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const bytes = (...parts: string[]) => readFileSync(at(...parts));
const silent: CrossValidationContext = { listen: () => undefined };

function linear(output: string, more: object = {}): CrossValidationOptions {
  return resolveCrossValidation({
    ...{ model: 'linear', trainFile: small, output: at(output), folds: 2 },
    ...more,
  });
}

const tiny = (output: string, more: object = {}) =>
  linear(output, { model: at('tiny-bert'), maxLength: 32, epochs: 2, learningRate: 1e-2, ...more });

test('every row is answered once, and the results are those of the folds, whatever goes at once', async () => {
  const heard: CrossValidationEvent[] = [];
  const one = await crossValidate(linear('one'), { listen: (event) => heard.push(event), jobs: 1 });
  await crossValidate(linear('two'), { ...silent, jobs: 2 });
  const members = [1, 2].map((n) => `best/members/${n}-linear/model.safetensors`);
  const files = ['oof_pred.csv', ...members];
  for (const file of files) expect(bytes('one', file).equals(bytes('two', file)), file).toBe(true);

  const { rows, columns } = await readPredictions(at('one/oof_pred.csv'));
  expect(rows).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  expect(new Set(columns['fold'])).toEqual(new Set(['1', '2']));
  if (one.status !== 'completed') throw new Error('interrupted');
  const { metrics, pooled, classes, runs } = await readCrossValidation(at('one'));
  expect(one.result).toEqual(await readCrossValidation(at('one')));
  const measured = [1, 2].map(
    (n) => JSON.parse(bytes(`one/fold-${n}/eval_results.json`).toString()).eval_accuracy,
  );
  expect(metrics['accuracy']?.values).toEqual(measured);
  expect(pooled.rows).toBe(ROWS);
  expect(pooled.metrics['accuracy']).toBeCloseTo(
    runs.reduce((sum, run, i) => sum + run.validation * (measured[i] as number), 0) / ROWS,
    10,
  );
  expect(classes.map(({ label }) => label)).toEqual(['обувь', 'одежда', 'электроника']);
  expect(heard.flatMap((event) => (event.type === 'fold.finished' ? event.fold : []))).toEqual([1, 2]);
});

test('repeats deal anew, in folders of their own', async () => {
  await crossValidate(linear('repeated', { repeats: 2 }), silent);
  const { rows, columns } = await readPredictions(at('repeated/oof_pred.csv'));
  const all = Array.from({ length: ROWS }, (_, i) => i + 1);
  expect(rows).toEqual([...all, ...all]);
  expect(columns['repeat']).toEqual([...all.map(() => '1'), ...all.map(() => '2')]);
  expect(columns['fold']?.slice(0, ROWS)).not.toEqual(columns['fold']?.slice(ROWS));
  expect(readdirSync(at('repeated/repeat-2'))).toEqual(['fold-1', 'fold-2']);
  const { pooled, metrics } = await readCrossValidation(at('repeated'));
  expect(pooled.rows).toBe(ROWS);
  expect(metrics['accuracy']?.values).toHaveLength(4);
});

test('rows that an audit excludes are not counted among those that a fold was trained on', async () => {
  const excluded = [3, 17, 40, 41, 99];
  const lines = readFileSync(small, 'utf8').split('\n');
  const rows = excluded.map((row) => `${row},exclude,${lines[row]?.replace(/,[^,]*$/, '')}`);
  writeFileSync(at('audit.csv'), `row,decision,text\n${rows.join('\n')}\n`);
  await crossValidate(linear('audited', { exclude: at('audit.csv') }), silent);
  const { rows: answered, columns } = await readPredictions(at('audited/oof_pred.csv'));
  const foldOf = (row: number) => Number(columns['fold']?.[answered.indexOf(row)]);
  for (const { fold, train, validation } of (await readCrossValidation(at('audited'))).runs) {
    const left = excluded.filter((row) => foldOf(row) !== fold).length;
    expect(train).toBe(ROWS - validation - left);
  }
});

test('broken off in the middle of a fold, it goes on to the same end, and what was finished is not redone', async () => {
  await crossValidate(tiny('unbroken'), { ...silent, jobs: 1 });
  const controller = new AbortController();
  const outcome = await crossValidate(tiny('broken'), {
    listen: (event) => {
      if (event.type === 'fold.event' && event.fold === 2 && event.event.type === 'step') controller.abort();
    },
    signal: controller.signal,
    jobs: 1,
  });
  expect(outcome).toEqual({ status: 'interrupted', finished: 1, of: 2 });
  expect(existsSync(at('broken/oof_pred.csv'))).toBe(false);
  expect(readdirSync(at('broken/fold-2/checkpoints'))).toHaveLength(1);
  const logOfFirst = bytes('broken/fold-1/events.jsonl');

  const heard: CrossValidationEvent[] = [];
  await crossValidateOrResume(tiny('broken', { threads: 1 }), { listen: (event) => heard.push(event) });
  expect(heard).toContainEqual(
    expect.objectContaining({
      type: 'fold.event',
      fold: 2,
      event: expect.objectContaining({ type: 'run.resumed' }),
    }),
  );
  expect(bytes('broken/fold-1/events.jsonl').equals(logOfFirst)).toBe(true);
  const members = [1, 2].map((n) => `best/members/${n}-tiny-bert/model.safetensors`);
  for (const file of ['oof_pred.csv', ...members])
    expect(bytes('broken', file).equals(bytes('unbroken', file)), file).toBe(true);
  expect(existsSync(at('broken/fold-2/checkpoints'))).toBe(false);
  expect(await resumeCrossValidation(at('broken'), silent)).toMatchObject({ status: 'completed' });
});

test('it is gone on with by its own options and data only, and does not take the place of another', async () => {
  await expect(crossValidateOrResume(linear('one', { seed: 7 }), silent)).rejects.toMatchObject({
    code: 'run.other-options',
    message: expect.stringMatching(/seed 42, not 7/),
  });
  await expect(crossValidate(linear('one'), silent)).rejects.toMatchObject({ code: 'run.exists' });
  const changed = at('changed.csv');
  writeFileSync(changed, readFileSync(small));
  const options = linear('changed', { trainFile: changed });
  await crossValidate(options, silent);
  writeFileSync(changed, `${readFileSync(small, 'utf8')}"ещё одна куртка",одежда\n`);
  await expect(resumeCrossValidation(options.output, silent)).rejects.toMatchObject({
    code: 'run.data-changed',
  });
  await crossValidate(options, silent, { overwrite: true });
  expect((await readCrossValidation(options.output)).pooled.rows).toBe(ROWS + 1);
});

test('a fold that fails fails the whole, by its name', async () => {
  const diverging = tiny('diverging', { learningRate: 1e30, maxGradNorm: 0 });
  await expect(crossValidate(diverging, { ...silent, jobs: 1 })).rejects.toMatchObject({
    code: 'run.diverged',
    message: expect.stringMatching(/^fold 1: /),
  });
});

test.each([
  [{ validationFile: 'v.csv' }, /--validation has no place/],
  [{ validationFraction: 0.1 }, /--validation-fraction has no place/],
  [{ refit: true }, /--refit has no place/],
  [{ repeats: 2, shuffle: false }, /--no-shuffle has no place/],
  [{ folds: 1 }, /option folds/],
])('%j is refused', (more, message) => {
  expect(() => linear('refused', more)).toThrow(message);
});

test('the models of the folds together are a model', async () => {
  const classifier = await loadClassifier(at('one'));
  const { probabilities } = await classifier.predict(['Кроссовки натирают пятку, размер маломерит']);
  expect(classifier.labels[probabilities.indexOf(Math.max(...probabilities))]).toBe('обувь');
  expect(classifier.card).toMatchObject({ kind: 'ensemble', metrics: { accuracy: expect.any(Number) } });
  expect(existsSync(at('one/fold-1/best'))).toBe(false);
});
