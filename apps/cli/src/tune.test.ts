/** Searching, killing and going on, through the real binary. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { at, hasStepped, json, LABELLED, otzyv, rowsOf, start, TRAIN, until } from './testing/otzyv.ts';

describe('a search over linear models', () => {
  const linear = (output: string, ...more: string[]) => [
    ...['tune', '--train', TRAIN, '--output', output, '--space', 'space.yaml'],
    ...more,
  ];

  test('says what it found, how much of it may be luck, and what to do next', async () => {
    await writeFile(at('space.yaml'), 'class_weights: [balanced, none]\ncleaning: standard\n');
    const { code, stdout, stderr } = await otzyv(...linear('linear'));
    expect(stderr).toMatch(/trial {2}2: f1_weighted 0\.\d+ in .* · weights (balanced|none)/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Best: trial \d, f1_weighted 0\.\d{3}/);
    expect(stdout).toContain('expect a little less on new reviews');
    expect(stdout).toContain('on held-out rows');
    expect(stdout).toContain('npx otzyv train --config linear/best.yaml --refit');
    expect(json(at('linear/tune_results.json')).trials).toHaveLength(3);
  });

  test('leaves a config file that train takes as it is', async () => {
    expect((await otzyv('train', '--config', 'linear/best.yaml', '--output', 'best')).code).toBe(0);
    const [best] = json(at('linear/tune_results.json')).trials;
    const own = json(at(`linear/trials/00${best.trial}/run.json`)).options;
    expect(json(at('best/run.json')).options).toEqual({ ...own, trainFile: TRAIN, output: 'best' });
  });

  test('leaves a model, and rows that it did not see to measure it on', async () => {
    const { stdout } = await otzyv(
      'evaluate',
      '--model',
      'linear',
      '--input',
      'linear/data/holdout.csv',
      '--json',
    );
    const { best } = json(at('linear/tune_results.json')).holdout;
    const { f1_weighted, accuracy } = best.metrics; // temperature changes no answer
    expect(JSON.parse(stdout)).toMatchObject({ rows: best.rows, metrics: { f1_weighted, accuracy } });
    expect(rowsOf(at('linear/holdout_pred.csv'))).toHaveLength(best.rows);
  });

  test('is not begun again over itself, and answers again when it is finished', async () => {
    expect(await otzyv(...linear('linear'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the same command with --resume'),
    });
    const { code, stdout } = await otzyv(...linear('linear', '--resume', '--json'));
    expect(code).toBe(0);
    const { schemaVersion: _, ...told } = json(at('linear/tune_results.json'));
    expect(JSON.parse(stdout)).toEqual({ output: 'linear', ...told });
  });
});

const micro = (output: string, ...more: string[]) => [
  ...['tune', '--train', LABELLED, '--model', 'micro', '--epochs', '1', '--trials', '2', '--output', output],
  ...['--max-length', '16', '--batch-size', '64', '--seed', '7', ...more],
];

test('killed and interrupted, it goes on with the same command and --resume, and ends as an unbroken one does', async () => {
  const first = start(...micro('broken'));
  await until(() => hasStepped('broken/trials/001-epochs-1'));
  first.process.kill('SIGKILL');
  await first.ended;
  const second = start(...micro('broken', '--resume'));
  await until(() => hasStepped('broken/trials/002-epochs-1'));
  second.process.kill('SIGINT');
  const { code, stderr } = await second.ended;
  expect(code).toBe(130);
  expect(stderr).toContain('saved after 1 run. Go on with');
  expect(stderr).toContain(`npx otzyv ${micro('broken', '--resume').join(' ')}`);

  expect((await otzyv(...micro('broken', '--resume'))).code).toBe(0);
  expect((await otzyv(...micro('unbroken'))).code).toBe(0);
  for (const file of ['best/model.safetensors', 'holdout_pred.csv', 'best.yaml']) {
    expect(readFileSync(at('broken', file)).equals(readFileSync(at('unbroken', file))), file).toBe(true);
  }
});

test('an option that is typed is not varied', () => {
  const options = readdirSync(at('unbroken/trials')).map(
    (name) => json(at('unbroken/trials', name, 'run.json')).options,
  );
  expect(options.map(({ maxLength, batchSize }) => [maxLength, batchSize])).toEqual([
    [16, 64],
    [16, 64],
  ]);
  expect(new Set(options.map(({ learningRate }) => learningRate)).size).toBe(2);
});

test('a dry run shows the plan and its time, and writes nothing', async () => {
  const { code, stdout } = await otzyv(...micro('dry', '--epochs', '9', '--trials', '9', '--dry-run'));
  expect(code).toBe(0);
  expect(stdout).toMatch(/ 1 {2}the defaults\n/);
  expect(stdout).toContain(
    '9 configurations for 1 epoch, then the best 3 and the defaults for 3, then the best 1',
  );
  expect(stdout).toMatch(/about .* of training by one step of the defaults/);
  expect(existsSync(at('dry'))).toBe(false);
});

test.each([
  ['lr: {min: 1e-3, max: 1e-4}', /space\.yaml: learningRate: min must be below max/],
  ['num_train_epochs: [1, 2]', /epochs are what the search has to spend/],
  ['focal_gamma: [-1]', /gamma cannot be -1/],
  ['colour: [red]', /there is no "colour" to vary/],
  ['lr: [1e-3', /space\.yaml: /],
])('a space file that says "%s" is refused', async (line, message) => {
  await writeFile(at('space.yaml'), `${line}\n`);
  const { code, stderr } = await otzyv(...micro('never', '--space', 'space.yaml'));
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  expect(existsSync(at('never'))).toBe(false);
});
