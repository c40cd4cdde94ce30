/** Pre-training through the real binary, from texts without labels to a classifier. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import {
  at,
  hasStepped,
  json,
  LABELLED,
  otzyv,
  rowsOf,
  start,
  startWith,
  TEST,
  until,
} from './testing/otzyv.ts';

/** Without labels, and so few that an epoch takes a moment. */
beforeAll(async () => {
  const texts = rowsOf(TEST).map((row) => `"${row['text']?.replaceAll('"', '""')}"`);
  await writeFile(at('raw.csv'), ['text', ...texts.slice(0, 120), ''].join('\n'));
  await writeFile(at('more.csv'), ['text', ...texts.slice(100, 160), ''].join('\n'));
});

const pretrain = (output: string, ...more: string[]) => [
  ...['pretrain', '--train-file', 'raw.csv', '--epochs', '2', '--max_seq_length', '32', '--output', output],
  ...more,
];

const sameFile = (one: string, other: string, file: string) =>
  readFileSync(at(one, file)).equals(readFileSync(at(other, file)));

test('micro is pre-trained, perplexity is reported, and training goes on from it', async () => {
  const { code, stdout, stderr } = await otzyv(...pretrain('pretrained', '--train-file', 'more.csv'));
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/raw\.csv: \d+ reviews/);
  expect(stderr).toMatch(/159 different texts; 20 exact copies left out/);
  expect(stderr).toMatch(/held-out loss [\d.]+, perplexity [\d.]+, accuracy [\d.]+ ← best so far/);
  expect(stdout).toMatch(/perplexity [\d.]+ on texts held out \(by frequency alone: [\d.]+\)/);
  expect(stdout).toContain('npx otzyv train --train FILE --model pretrained --output FOLDER');
  expect(json(at('pretrained/pretrain.json')).options.trainFiles).toEqual(['raw.csv', 'more.csv']);

  const trained = await otzyv(
    ...['train', '--train', LABELLED, '--model', 'pretrained', '--epochs', '1', '--max-length', '32'],
    ...['--output', 'tuned'],
  );
  expect(trained.code, trained.stderr).toBe(0);
  expect(trained.stderr).toContain('4 weights at random to begin with: bert.pooler.dense.weight');
  const vocabulary = (folder: string) => readFileSync(at(folder, 'best/vocab.txt'), 'utf8');
  expect(vocabulary('tuned')).toBe(vocabulary('pretrained'));
});

test('what lies there is no classifier, and is said to be none', async () => {
  const { code, stderr } = await otzyv(
    'predict',
    '--model',
    'pretrained',
    '--input',
    TEST,
    '--output',
    'no.csv',
  );
  expect(code).toBe(2);
  expect(stderr).toContain('Fine-tune it first: otzyv train --model');
  expect(existsSync(at('no.csv'))).toBe(false);
  expect(await otzyv('report', 'pretrained')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('holds a pre-training'),
  });
});

test('Ctrl-C saves and prints how to resume; resumed, it ends as an unbroken one does', async () => {
  const { process: child, ended } = start(...pretrain('broken'));
  await until(() => hasStepped('broken'));
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toContain('npx otzyv pretrain --resume broken');
  expect(await otzyv('pretrain', '--resume', 'broken', '--lr', '1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--lr has no place here'),
  });
  const resumed = await otzyv('pretrain', '--resume', 'broken');
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await otzyv(...pretrain('unbroken'))).code).toBe(0);
  for (const file of ['best/model.safetensors', 'eval_results.json']) {
    expect(sameFile('broken', 'unbroken', file), file).toBe(true);
  }
  expect(existsSync(at('broken/run.lock'))).toBe(false);
});

test('while one is at work, no other works in its folder; killed, it goes on', async () => {
  const { process: child, ended } = start(...pretrain('busy', '--epochs', '1000', '--save-steps', '1'));
  await until(() => existsSync(at('busy/checkpoints/checkpoint-2')));
  for (const args of [['pretrain', '--resume', 'busy'], pretrain('busy', '--overwrite')]) {
    expect(await otzyv(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('run.locked') });
  }
  child.kill('SIGKILL');
  await ended;
  const going = start('pretrain', '--resume', 'busy');
  await until(() => going.heard().includes('resumed at step'));
  going.process.kill('SIGTERM');
  expect((await going.ended).code).toBe(143);
});

test("a config file, and a run's own pretrain.json as one", async () => {
  await writeFile(at('pre.yaml'), 'train_file: raw.csv\nmlm_probability: 0.3\nnum_train_epochs: 1\n');
  const first = await otzyv(
    'pretrain',
    '--config',
    'pre.yaml',
    '--max-length',
    '16',
    '--output',
    'configured',
  );
  expect(first.code, first.stderr).toBe(0);
  const again = await otzyv('pretrain', '--config', 'configured/pretrain.json', '--output', 'again');
  expect(again.code, again.stderr).toBe(0);
  const [one, two] = ['configured', 'again'].map((run) => json(at(run, 'pretrain.json')).options);
  expect(one).toMatchObject({ mlmProbability: 0.3, epochs: 1, maxLength: 16, model: 'micro' });
  expect(two).toEqual({ ...one, output: 'again' });
  expect(sameFile('again', 'configured', 'best/model.safetensors')).toBe(true);
});

test.each([
  [[], 'options.missing'],
  [['--train', 'raw.csv'], 'options.missing'],
  [['--train', 'nowhere.csv', '--output', 'no'], 'data.missing-file'],
  [['--train', 'raw.csv', '--output', 'no', '--text-column', 'отзыв'], 'data.missing-column'],
  [['--train', 'raw.csv', '--output', 'no', '--exclude-file', 'raw.csv'], 'data.too-few-texts'],
  [['--train', 'raw.csv', '--output', 'no', '--model', 'linear'], 'options.model'],
  [['--train', 'raw.csv', '--output', 'no', '--mlm-probability', '1.5'], 'options.invalid'],
  [
    ['--train', 'raw.csv', '--output', 'no', '--max-length', '4096', '--model', 'pretrained'],
    'options.max-length',
  ],
  [['--train', 'raw.csv', '--output', 'no', '--labels', 'label'], 'options.usage'],
])('pretrain %j is refused: %s', async (args, code) => {
  const ended = await otzyv('pretrain', ...args);
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(` code ${code}\n`) });
  expect(existsSync(at('no'))).toBe(false);
});

test('it is paused and stopped from another terminal, and gone on with', async () => {
  const { ended, heard } = start(...pretrain('steered', '--epochs', '1000'));
  await until(() => hasStepped('steered'));
  expect((await otzyv('control', 'steered', 'pause')).code).toBe(0);
  await until(() => heard().includes('paused at step'));
  expect((await otzyv('control', 'steered', 'resume')).code).toBe(0);
  expect((await otzyv('control', 'steered', 'stop-after-epoch')).code).toBe(0);
  const { code, stdout, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('npx otzyv pretrain --resume steered');
  expect(await otzyv('control', 'steered', 'pause')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('npx otzyv pretrain --resume steered'),
  });
  const going = start('pretrain', '--resume', 'steered');
  await until(() => going.heard().includes('resumed at step'));
  going.process.kill('SIGINT');
  expect((await going.ended).code).toBe(130);
});

test('from another folder it is gone on with as well', async () => {
  const { process: child, ended } = start(...pretrain('left', '--epochs', '50'));
  await until(() => hasStepped('left'));
  child.kill('SIGINT');
  await ended;
  await writeFile(at('pretrained/note.txt'), ''); // any other folder
  const going = startWith({ cwd: 'pretrained' }, 'pretrain', '--resume', '../left');
  await until(() => going.heard().includes('resumed at step'));
  going.process.kill('SIGINT');
  expect((await going.ended).stderr).toContain('../raw.csv');
});
