/** Cross-validating, killing it and going on, through the real binary. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { at, hasStepped, json, otzyv, rowsOf, start, TRAIN, until } from './testing/otzyv.ts';

const ROWS = 90;

beforeAll(() => {
  const lines = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",(одежда|обувь|электроника)$/.test(line));
  writeFileSync(at('small.csv'), ['text,label', ...lines.slice(0, ROWS), ''].join('\n'));
});

const crossval = (output: string, ...more: string[]) => [
  ...['crossval', '--train', 'small.csv', '--folds', '2', '--output', output],
  ...more,
];
const micro = (output: string, ...more: string[]) =>
  crossval(output, '--model', 'micro', '--epochs', '2', '--batch-size', '8', '--jobs', '1', ...more);

test('prints each number with its uncertainty, and leaves a model', async () => {
  const { code, stdout, stderr } = await otzyv(...crossval('cv'));
  expect(code).toBe(0);
  expect(stderr).toMatch(/2 folds of 45 rows/);
  expect(stderr).toMatch(/fold 2: f1_weighted 0\.\d{3}/);
  expect(stdout).toMatch(/f1_weighted +0\.\d{3} +0\.\d{3} +0\.\d{3} – [01]\.\d{3} +0\.\d{3}/);
  expect(stdout).toContain('npx otzyv predict --model cv');
  expect(rowsOf(at('cv/oof_pred.csv'))).toHaveLength(ROWS);

  const predict = ['predict', '--model', 'cv', '--input', 'small.csv', '--output', 'pred.csv'];
  expect((await otzyv(...predict)).code).toBe(0);
  expect(rowsOf(at('pred.csv'))).toHaveLength(ROWS);
});

test('its crossval.json is a config file, and of a finished one --resume prints the result again', async () => {
  const fed = await otzyv('crossval', '--config', 'cv/crossval.json', '--output', 'fed', '--json');
  expect(fed.code).toBe(0);
  expect(readFileSync(at('fed/oof_pred.csv'))).toEqual(readFileSync(at('cv/oof_pred.csv')));
  const { modelFolder: _, ...result } = JSON.parse(fed.stdout);
  expect(result).toEqual(json(at('fed/cv_results.json')));
  const again = await otzyv('crossval', '--resume', 'fed', '--json');
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(fed.stdout));
});

test('what a config file says no to is not done', async () => {
  writeFileSync(at('cv.yaml'), 'train: small.csv\nfolds: 2\nno_shuffle: true\nbind_duplicates: false\n');
  expect((await otzyv('crossval', '--config', 'cv.yaml', '--output', 'ordered')).code).toBe(0);
  expect(json(at('ordered/crossval.json')).options).toMatchObject({ shuffle: false, bindDuplicates: false });
  expect(json(at('fed/crossval.json')).options).toMatchObject({ shuffle: true, bindDuplicates: true });
});

test('killed, its folds save by themselves; gone on with, it ends as an unbroken one does', async () => {
  const { process: parent, ended } = start(...micro('broken'));
  await until(() => hasStepped('broken/fold-1'));
  parent.kill('SIGKILL');
  await ended;
  await until(() => readFileSync(at('broken/fold-1/events.jsonl'), 'utf8').includes('run.interrupted'));
  expect(existsSync(at('broken/fold-2'))).toBe(false);

  const { code, stderr } = await otzyv(...micro('broken', '--resume'));
  expect(stderr).toContain('fold 2: f1_weighted');
  expect(code).toBe(0);
  expect((await otzyv(...micro('unbroken'))).code).toBe(0);
  for (const file of ['oof_pred.csv', 'best/members/1-micro/model.safetensors'])
    expect(readFileSync(at('broken', file)).equals(readFileSync(at('unbroken', file))), file).toBe(true);
});

test('Ctrl-C saves and prints how to go on', async () => {
  const { process: parent, ended } = start(...micro('stopped', '--epochs', '1000'));
  await until(() => hasStepped('stopped/fold-1'));
  parent.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toContain('0 of 2 folds are done, the others saved');
  expect(stderr).toContain('npx otzyv crossval --resume stopped');
  expect(existsSync(at('stopped/fold-1/checkpoints'))).toBe(true);
});

test.each([
  [['--validation', 'small.csv'], /--validation has no place in a cross-validation/],
  [['--folds', '80'], /no class has 80 rows/],
  [['--group-column', 'product'], /no column "product"/],
  [['--model', 'tiny/none/such'], /neither a folder here nor/],
])('%j is refused, and leaves no trace', async (flags, message) => {
  const { code, stderr } = await otzyv(...crossval('never', ...flags));
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  expect(existsSync(at('never'))).toBe(false);
});

test('a dry run tries one fold and writes nothing', async () => {
  const { code, stdout } = await otzyv(...crossval('dry', '--dry-run', '--json'));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ folds: 2, train: 45, validation: 45, classes: 3 });
  expect(existsSync(at('dry'))).toBe(false);
});
