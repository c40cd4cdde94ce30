/** Steering a training from another process, through the real binary. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  at,
  hasStepped,
  json,
  otzyv,
  rowsOf,
  type Started,
  start,
  TEST,
  TRAIN,
  until,
} from './testing/otzyv.ts';

const MODEL = fileURLToPath(new URL('../../../test-fixtures/goldens/folder', import.meta.url));

beforeAll(async () => {
  const rows = rowsOf(TRAIN).slice(0, 120);
  const lines = rows.map(({ text, label }) => `"${text?.replaceAll('"', '""')}",${label}`);
  await writeFile(at('small.csv'), ['text,label', ...lines, ''].join('\n'));
});

/** A BERT so small that its epochs take a moment. */
const bert = (output: string, epochs: number) => [
  ...['train', '--train', 'small.csv', '--model', MODEL, '--max-length', '32', '--batch-size', '8'],
  ...['--lr', '0.01', '--engine', 'onnx', '--epochs', String(epochs), '--output', output],
];
const control = async (run: string, command: string) => {
  const { code, stderr, stdout } = await otzyv('control', run, command, '--json');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ run, command });
};

interface Told {
  readonly type: string;
  readonly step?: number;
  readonly time: string;
}

/** What a run has told, in whole lines. */
function told(run: string): Told[] {
  const lines = readFileSync(at(run, 'events.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}
const types = (run: string) => told(run).map(({ type }) => type);
const hasTold = (run: string, type: string) => until(() => types(run).includes(type));
const hasCheckpoint = (run: string, step: number) => existsSync(at(run, 'checkpoints', `checkpoint-${step}`));

/** @returns once it is held, after which step */
async function paused(run: string, { process: child }: Started): Promise<number> {
  await until(() => hasStepped(run));
  child.kill('SIGSTOP'); // else it might come to its end before it is asked
  await control(run, 'pause');
  child.kill('SIGCONT');
  await hasTold(run, 'run.paused');
  return told(run).find(({ type }) => type === 'run.paused')?.step as number;
}

function expectSameEnd(run: string, other: string): void {
  for (const file of ['best/model.safetensors', 'best/onnx/model.onnx', 'validation_pred.csv']) {
    expect(readFileSync(at(run, file)).equals(readFileSync(at(other, file))), file).toBe(true);
  }
  const { createdAt: _, ...card } = json(at(run, 'best/otzyv.json'));
  expect(json(at(other, 'best/otzyv.json'))).toMatchObject(card);
  expect(json(at(run, 'trainer_state.json'))).toEqual(json(at(other, 'trainer_state.json')));
  expect(existsSync(at(run, 'control.jsonl'))).toBe(false);
}

test('paused, saved, let go on, stopped after its epoch and resumed, a run ends as an unbroken one', async () => {
  const training = start(...bert('steered', 10));
  const { ended, heard } = training;
  const step = await paused('steered', training);
  const before = told('steered').length;
  await control('steered', 'checkpoint');
  await until(() => hasCheckpoint('steered', step));
  // held: nothing but the checkpoint was told since
  expect(
    types('steered')
      .slice(before)
      .filter((type) => type !== 'checkpoint'),
  ).toEqual([]);
  await control('steered', 'stop-after-epoch');
  await hasTold('steered', 'stop.requested');
  await control('steered', 'resume');
  const { code, stdout, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(heard()).toContain(`paused at step ${step}`);
  expect(heard()).toContain('goes on\n');
  expect(heard()).toContain('stopped, as asked, after ');
  expect(stdout).toContain('npx otzyv train --resume steered');

  const perEpoch = told('steered').find(({ type }) => type === 'eval')?.step as number;
  expect(types('steered').filter((type) => type === 'step')).toHaveLength(
    perEpoch * Math.ceil(step / perEpoch),
  );
  expect(json(at('steered/train_results.json')).status).toBe('stopped');
  expect(existsSync(at('steered/report.html'))).toBe(true);
  const predict = ['predict', '--model', 'steered', '--input', TEST, '--output', 'predicted.csv'];
  expect((await otzyv(...predict)).code).toBe(0);

  expect((await otzyv('train', '--resume', 'steered')).code).toBe(0);
  expect((await otzyv(...bert('straight', 10))).code).toBe(0);
  expectSameEnd('steered', 'straight');
  expect((await otzyv('train', '--resume', 'steered')).stderr).toContain('run.finished');
});

describe('while it is paused', () => {
  const heldRun = async (run: string): Promise<Started> => {
    const started = start(...bert(run, 1000));
    await paused(run, started);
    return started;
  };

  test('Ctrl-C saves and ends it', async () => {
    const { process: child, ended } = await heldRun('interrupted');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('npx otzyv train --resume interrupted');
    expect(types('interrupted').slice(-2)).toEqual(['checkpoint', 'run.interrupted']);
  });

  test('stop saves and ends it, as Ctrl-C does', async () => {
    const { ended } = await heldRun('stopped');
    await control('stopped', 'stop');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('asked to stop');
    expect(types('stopped').slice(-3)).toEqual(['stop.requested', 'checkpoint', 'run.interrupted']);
  });

  test('it may be killed; what it was asked is not done by the process that goes on', async () => {
    const { process: child, ended } = await heldRun('killed');
    // written, and not yet heard
    const { token } = json(at('killed/run.lock'));
    child.kill('SIGSTOP');
    appendFileSync(at('killed/control.jsonl'), `${JSON.stringify({ token, command: 'stop' })}\n`);
    child.kill('SIGKILL');
    await ended;
    expect((await otzyv('control', 'killed', 'resume')).stderr).toContain('code run.not-running');

    const second = start('train', '--resume', 'killed');
    await hasTold('killed', 'run.resumed');
    const steps = () =>
      types('killed')
        .slice(types('killed').indexOf('run.resumed'))
        .filter((type) => type === 'step');
    await until(() => steps().length > 8);
    appendFileSync(at('killed/control.jsonl'), 'half a comm');
    await control('killed', 'stop');
    expect((await second.ended).code).toBe(130);
    expect(second.heard()).toContain('"half a comm" is no command');
    expect(types('killed').filter((type) => type === 'stop.requested')).toHaveLength(1);
    expect(existsSync(at('killed/control.jsonl'))).toBe(false);
  });
});

test('a linear model is stopped, not paused, and says so', async () => {
  const { process: child, ended } = start('train', '--train', TRAIN, '--output', 'linear');
  await until(() => existsSync(at('linear/events.jsonl')));
  child.kill('SIGSTOP');
  await control('linear', 'pause');
  await control('linear', 'stop');
  child.kill('SIGCONT');
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain('pause: a linear model is fitted in one piece');
  expect(types('linear').at(-1)).toBe('run.interrupted');
});

test('a stop after the epoch leaves the training on all rows for later', async () => {
  const linear = (run: string) => ['train', '--train', 'small.csv', '--output', run, '--refit'];
  const { process: child, ended } = start(...linear('unrefitted'));
  await until(() => existsSync(at('unrefitted/events.jsonl')));
  child.kill('SIGSTOP');
  await control('unrefitted', 'stop-after-epoch');
  child.kill('SIGCONT');
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('stopped before it was trained on all rows');
  expect(json(at('unrefitted/best/otzyv.json')).trainedOn.refitted).toBe(false);
  const runs = [await otzyv('train', '--resume', 'unrefitted'), await otzyv(...linear('refitted'))];
  expect(runs.map((ended) => ended.code)).toEqual([0, 0]);
  const weights = (run: string) => readFileSync(at(run, 'best/model.safetensors'));
  expect(json(at('unrefitted/best/otzyv.json')).trainedOn.refitted).toBe(true);
  expect(weights('unrefitted').equals(weights('refitted'))).toBe(true);
});

test('what cannot be steered is said', async () => {
  expect(await otzyv('control', 'nowhere', 'pause')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nowhere holds no run'),
  });
  expect(await otzyv('control', 'nowhere', 'explode')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are pause, resume, checkpoint, stop-after-epoch, stop.'),
  });
});
