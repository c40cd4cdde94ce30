/** Training, interrupting and going on, through the real binary. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { cleanText } from '@otzyv/core';
import { expect, test } from 'vitest';
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
  TRAIN,
  until,
} from './testing/otzyv.ts';

/** Reviews that have words left after cleaning. */
const learnable = (file: string) => rowsOf(file).filter((row) => cleanText(row['text'] ?? '') !== '').length;

const micro = (output: string, ...more: string[]) => [
  ...['train', '--train', LABELLED, '--model', 'micro', '--epochs', '2', '--output', output],
  ...more,
];

test('Ctrl-C saves and prints how to resume; resumed, the run ends as an unbroken one does', async () => {
  const { process: child, ended, heard } = start(...micro('broken', '--metric', 'f1_macro'));
  await until(() => hasStepped('broken'));
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(heard()).toContain('press Ctrl-C again');
  expect(code).toBe(130);
  expect(await otzyv('train', '--resume', 'broken', '--lr', '1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--lr has no place here'),
  });
  expect(stderr).toContain('npx otzyv train --resume broken');
  expect(existsSync(at('broken/best'))).toBe(false);

  const resumed = await otzyv('train', '--resume', 'broken');
  expect(resumed.code).toBe(0);
  const unbroken = await otzyv(...micro('unbroken', '--metric', 'f1_macro'));
  expect(unbroken.code).toBe(0);
  const lastEpoch = /epoch {2}2: .*/;
  const measured = (said: string) =>
    /f1_macro 0\.\d+, accuracy 0\.\d+/.exec(lastEpoch.exec(said)?.[0] ?? '')?.[0];
  expect(measured(resumed.stderr)).toBeDefined();
  expect(measured(resumed.stderr)).toBe(measured(unbroken.stderr));
  for (const file of ['best/model.safetensors', 'validation_pred.csv']) {
    expect(readFileSync(at('broken', file)).equals(readFileSync(at('unbroken', file))), file).toBe(true);
  }
  const log = (run: string) => json(at(run, 'trainer_state.json')).log_history;
  expect(log('broken')).toEqual(log('unbroken'));
});

test('a second Ctrl-C stops at once', async () => {
  const { process: child, ended, heard } = start(...micro('stopped', '--epochs', '1000'));
  await until(() => hasStepped('stopped'));
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const { code } = await ended;
  expect([130, 143]).toContain(code);
  expect(heard()).not.toContain('f1_weighted 0');
});

test('a reader of its progress that goes away does not end it', async () => {
  const { process: child, ended } = start(...micro('unheard', '--epochs', '1000'));
  child.stderr?.destroy();
  await until(() => hasStepped('unheard'));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(readdirSync(at('unheard/checkpoints'))).toHaveLength(1);
});

test('while a run is being trained, no other process trains into its folder', async () => {
  const { process: child, ended } = start(...micro('busy', '--epochs', '1000'));
  await until(() => hasStepped('busy'));
  const whole = ['run', ...micro('busy').slice(1), '--test', TEST];
  const others = await Promise.all([
    otzyv('train', '--resume', 'busy'),
    otzyv(...micro('busy', '--overwrite')),
    otzyv(...whole, '--epochs', '1000', '--resume'),
  ]);
  for (const { code, stderr } of others) {
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(`busy is in use by process ${child.pid}, since `);
    expect(stderr).toContain(' code run.locked');
  }
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(existsSync(at('busy/run.lock'))).toBe(false);
});

test('a run is gone on with from another folder, and says nothing of where it was made', async () => {
  await mkdir(at('elsewhere'));
  await copyFile(LABELLED, at('here.csv'));
  const args = ['train', '--train', 'here.csv', '--output', 'moved'];
  expect((await otzyv(...args)).code).toBe(0);
  const weights = readFileSync(at('moved/best/model.safetensors'));
  // as if it had been killed before it told of its end
  const lines = readFileSync(at('moved/events.jsonl'), 'utf8').trimEnd().split('\n');
  await writeFile(at('moved/events.jsonl'), `${lines.slice(0, -1).join('\n')}\n`);
  const { code, stderr } = await startWith({ cwd: 'elsewhere' }, 'train', '--resume', '../moved').ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('../here.csv');
  expect(readFileSync(at('moved/best/model.safetensors')).equals(weights)).toBe(true);
  expect(json(at('moved/best/otzyv.json')).trainedOn.file).toBe('here.csv');
  const again = [...args.with(2, '../here.csv').with(-1, '../moved'), '--test', TEST, '--resume'];
  const same = await startWith({ cwd: 'elsewhere' }, 'run', ...again.slice(1)).ended;
  expect(same.code, same.stderr).toBe(0);
});

test('labels that are one class written twice are told of', async () => {
  const twice = readFileSync(TRAIN, 'utf8').replace(',обувь\n', ',Обувь\n');
  await writeFile(at('twice.csv'), twice.replace(',обувь\n', ',Обувь\n'));
  const { stderr } = await otzyv('train', '--train', 'twice.csv', '--output', 'twice');
  expect(stderr).toContain('differ only by case, spaces or ё count as 2 classes: Обувь, обувь');
});

test('names of TrainingArguments work, in snake_case too; a config file is overridden by flags', async () => {
  await writeFile(at('run.yaml'), `train_file: ${TRAIN}\nnum_train_epochs: 7\nseed: 5\n`);
  const { code, stderr } = await otzyv(
    ...['train', '--config', 'run.yaml', '--seed', '6', '--lr', '1', '--output_dir', 'configured'],
  );
  expect(code).toBe(0);
  expect(stderr).toContain('the linear model has no use for --lr\n');
  expect(json(at('configured/run.json')).options).toMatchObject({ epochs: 7, seed: 6, model: 'linear' });
});

test("a run's own run.json is a config file: fed back, it makes the same run", async () => {
  const { code, stderr } = await otzyv('train', '--config', 'configured/run.json', '--output', 'again');
  expect(code).toBe(0);
  expect(stderr).not.toContain('has no use for'); // it has every option, asked for or not
  const [first, second] = ['configured', 'again'].map((run) => json(at(run, 'run.json')));
  expect(second.options).toEqual({ ...first.options, output: 'again' });
  expect(readFileSync(at('again/best/model.safetensors'))).toEqual(
    readFileSync(at('configured/best/model.safetensors')),
  );
});

test.each([
  ['epochs: three', /run\.yaml: option "epochs" must be a number, not "three"/],
  ['dry_run: 1', /option "dry_run" must be true or false, not 1/],
  ['loss: [{gamma: 3}]', /option "loss" must be a list of names or of {kind, …}/],
  ['loss: [{kind: focal, gamma: 3}, focal]', /several losses are for otzyv run/],
  ['loss: [{kind: focal, gamma: -3}]', /--loss\.gamma/],
  ['max_minutes: [1]', /option "max_minutes" must be a number/],
  ['text_column: {a: 1}', /option "text_column" must be a word/],
  ['epoch: 3', /unknown option "epoch"/],
  ['epochs: [3', /run\.yaml: /],
  ['cleaning: {preset: sturdy}', /--cleaning\.preset/],
])('a config file that says "%s" is refused', async (line, message) => {
  await writeFile(at('run.yaml'), `train: ${TRAIN}\noutput: never\n${line}\n`);
  const { code, stderr } = await otzyv('train', '--config', 'run.yaml');
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  expect(existsSync(at('never'))).toBe(false);
});

test('single rules of cleaning are switched in a config file', async () => {
  const cleaning = { preset: 'standard', rules: { emoji: false } };
  await writeFile(at('run.yaml'), JSON.stringify({ train: TRAIN, output: 'with-emoji', cleaning }));
  expect((await otzyv('train', '--config', 'run.yaml')).code).toBe(0);
  expect(json(at('with-emoji/best/otzyv.json')).cleaning).toEqual(cleaning);
});

test('a dry run estimates and writes nothing', async () => {
  const { code, stdout } = await otzyv(...micro('dry', '--dry-run', '--json'));
  expect(code).toBe(0);
  const { train, validation, classes, steps } = JSON.parse(stdout);
  expect(train + validation).toBe(learnable(LABELLED));
  expect(classes).toBe(9);
  expect(steps.total).toBe(2 * Math.ceil(train / 32));
  expect(existsSync(at('dry'))).toBe(false);
});

test('a time budget ends the run in good order', async () => {
  const { code, stdout } = await otzyv(
    ...micro('budget', '--epochs', '50', '--max-minutes', '0.02', '--json'),
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout).status).toBe('out-of-time');
  expect(existsSync(at('budget/best/onnx/model.onnx'))).toBe(true);
});

test('refit trains on all rows and keeps the number that was measured before', async () => {
  await otzyv('train', '--train', TRAIN, '--output', 'job');
  await otzyv('train', '--train', TRAIN, '--output', 'refitted', '--refit');
  const card = json(at('refitted/best/otzyv.json'));
  expect(card.trainedOn).toMatchObject({ rows: learnable(TRAIN), refitted: true });
  expect(card.metrics.f1_weighted).toBe(json(at('refitted/eval_results.json')).eval_f1_weighted);
  expect(card.metrics.f1_weighted).toBe(json(at('job/eval_results.json')).eval_f1_weighted);
});
