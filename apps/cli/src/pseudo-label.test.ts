/** Self-training through the real binary, from a finished run to a model that every command takes. */
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
  TRAIN,
  until,
} from './testing/otzyv.ts';

const MICRO = ['--model', 'micro', '--epochs', '2', '--max-length', '16', '--save-steps', '2'];

const selfTrained = (run: string, output: string, ...more: string[]) => [
  ...['pseudo-label', '--run', run, '--input', 'raw.csv', '--output', output],
  ...more,
];
const sameFile = (one: string, other: string, file: string) =>
  readFileSync(at(one, file)).equals(readFileSync(at(other, file)));

beforeAll(async () => {
  const quoted = (text = '') => `"${text.replaceAll('"', '""')}"`;
  const texts = [...rowsOf(TEST).slice(0, 150), ...rowsOf(TRAIN).slice(0, 100)];
  await writeFile(at('raw.csv'), ['text', ...texts.map(({ text }) => quoted(text)), ''].join('\n'));
  expect(await otzyv('train', '--train', TRAIN, '--output', 'linear')).toMatchObject({ code: 0 });
  const micro = await otzyv('train', '--train', LABELLED, ...MICRO, '--output', 'micro');
  expect(micro.code, micro.stderr).toBe(0);
});

test('each round is told of, in a table, and every command takes the folder for a model', async () => {
  const { code, stdout, stderr } = await otzyv(
    ...selfTrained('linear', 'self', '--min-confidence', '0.5', '--rounds', '1'),
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/raw\.csv: \d+ texts that may join; \d+ known/);
  expect(stderr).toMatch(/round 1: sure of \d+ texts, \d+ join/);
  expect(stdout).toMatch(
    /round +sure of +joined +f1_weighted\n.*\nas it was +– +– +0\.\d{3}\n1 +\d+ +\d+ +0\.\d{3}\n/,
  );
  expect(stdout).toMatch(/^электроника +\d+/m);
  const { best, rounds } = json(at('self/pseudo_label_results.json'));
  expect(stdout).toContain(
    best.round === 0 ? 'No round was better' : `The model is that of round ${best.round}`,
  );
  expect(rounds[0].joined).toBeGreaterThan(0);

  for (const args of [
    ['predict', '--model', 'self', '--input', 'raw.csv', '--output', 'predicted.csv'],
    ['evaluate', '--model', 'self', '--input', LABELLED],
    ['export', '--model', 'self', '--output', 'exported'],
    ['calibrate', '--model', 'self'],
    ['report', 'self'],
    ['compare', 'linear', 'self'],
  ]) {
    const ended = await otzyv(...args);
    expect(ended.code, `${args.join(' ')}\n${ended.stderr}`).toBe(0);
  }
  expect(rowsOf(at('predicted.csv'))).toHaveLength(250);
});

test('where no text is sure enough, the model stays that of the run; --json prints the result alone', async () => {
  const { code, stdout } = await otzyv(...selfTrained('linear', 'told', '--min-confidence', '1', '--json'));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ status: 'completed', end: 'nothing-confident', metric: 'f1_weighted', modelFolder: 'told/best' },
    best: { round: 0 },
  });
  expect(sameFile('told', 'linear', 'best/model.safetensors')).toBe(true);
});

const surely = ['--min-confidence', '0', '--rounds', '1'];

test('Ctrl-C saves and prints how to resume; killed and gone on with from elsewhere, it ends as an unbroken one does', async () => {
  const { process: child, ended } = start(...selfTrained('micro', 'broken', ...surely));
  await until(() => hasStepped('broken/round-1'));
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain('npx otzyv pseudo-label --resume broken');
  expect(existsSync(at('broken/best'))).toBe(false);
  expect(await otzyv('pseudo-label', '--resume', 'broken', '--rounds', '2')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--rounds has no place here'),
  });
  const going = startWith({ cwd: 'linear' }, 'pseudo-label', '--resume', '../broken');
  await until(() => going.heard().includes('resumed at step'));
  going.process.kill('SIGKILL');
  await going.ended;
  const resumed = await otzyv('pseudo-label', '--resume', 'broken');
  expect(resumed.code, resumed.stderr).toBe(0);
  const unbroken = await otzyv(...selfTrained('micro', 'unbroken', ...surely));
  expect(unbroken.code, unbroken.stderr).toBe(0);
  for (const file of ['data/round-1.csv', 'best/model.safetensors', 'validation_pred.csv'])
    expect(sameFile('broken', 'unbroken', file), file).toBe(true);
});

test.each([
  [[], 'options.missing'],
  [['--run', 'linear', '--input', 'raw.csv'], 'options.missing'],
  [selfTrained('nowhere', 'no').slice(1), 'run.not-a-run'],
  [['--run', 'linear', '--input', 'nowhere.csv', '--output', 'no'], 'data.missing-file'],
  [['--run', 'linear', '--input', TRAIN, '--output', 'no'], 'data.too-few-texts'],
  [selfTrained('linear', 'no', '--text-column', 'отзыв').slice(1), 'data.missing-column'],
  [selfTrained('linear', 'no', '--min-confidence', '2').slice(1), 'options.usage'],
  [selfTrained('linear', 'no', '--pseudo-weight', '0').slice(1), 'options.usage'],
  [selfTrained('linear', 'linear').slice(1), 'run.exists'],
  [['--resume', 'linear'], 'run.not-a-run'],
])('pseudo-label %j is refused: %s', async (args, code) => {
  const ended = await otzyv('pseudo-label', ...args);
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(` code ${code}\n`) });
  expect(existsSync(at('no'))).toBe(false);
});
