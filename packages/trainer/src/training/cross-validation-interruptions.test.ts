/** Cross-validations that are killed, damaged, or begun twice. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveModelFolder } from '../inference/classifier.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { crossValidate, crossValidateOrResume, resumeCrossValidation } from './cross-validation.ts';
import type { CrossValidationContext, CrossValidationEvent } from './cross-validation-events.ts';
import { type CrossValidationOptions, resolveCrossValidation } from './cross-validation-options.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));
const FOLDS = 2;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-crossval-'));
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",(одежда|обувь|электроника)$/.test(line));
  writeFileSync(at('small.csv'), ['text,label', ...rows.slice(0, 60), ''].join('\n'));
  await writeTinyBert(at('tiny-bert'));
  await crossValidate(linear('whole'), silent);
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const silent: CrossValidationContext = { listen: () => undefined };
const bytes = (...parts: string[]) => readFileSync(at(...parts));
const namesIn = (run: string) => readdirSync(at(run)).sort();
const oof = (run: string) => bytes(run, 'oof_pred.csv').toString();

const linear = (output: string, more: object = {}): CrossValidationOptions =>
  resolveCrossValidation({
    ...{ model: 'linear', trainFile: at('small.csv'), output: at(output), folds: FOLDS },
    ...more,
  });
const tiny = (output: string) =>
  linear(output, { model: at('tiny-bert'), maxLength: 32, epochs: 2, learningRate: 1e-2 });

/** Until an event says so. */
async function interruptedAt(
  options: CrossValidationOptions,
  stops: (event: CrossValidationEvent) => boolean,
  how: { overwrite?: boolean } = {},
) {
  const controller = new AbortController();
  const listen = (event: CrossValidationEvent) => {
    if (stops(event)) controller.abort();
  };
  return crossValidate(options, { listen, signal: controller.signal, jobs: 1 }, how);
}

test('while one is at work in a folder, no other is', async () => {
  const refusals: Promise<void>[] = [];
  const refused = async (second: Promise<unknown>) => {
    await expect(second).rejects.toMatchObject({
      code: 'run.locked',
      message: expect.stringContaining(`busy is in use by process ${process.pid}`),
    });
  };
  await crossValidate(linear('busy'), {
    listen: ({ type }) => {
      if (type !== 'crossval.started') return;
      refusals.push(
        refused(crossValidate(linear('busy'), silent, { overwrite: true })),
        refused(resumeCrossValidation(at('busy'), silent)),
      );
    },
  });
  expect(refusals).toHaveLength(2);
  await Promise.all(refusals);
  expect(oof('busy')).toBe(oof('whole'));
});

describe.skipIf(process.platform === 'win32')('killed, with its folds still at work', () => {
  beforeAll(async () => {
    await crossValidate(tiny('unbroken'), silent);
  });

  // one of them is held at its first step, so that it is met at work however fast the others are
  const program = `
    import { readFileSync } from 'node:fs';
    import { crossValidate } from ${JSON.stringify(new URL('../../dist/training/cross-validation.js', import.meta.url).href)};
    const options = JSON.parse(process.argv[1]);
    const listen = ({ type, fold, event }) => {
      if (type !== 'fold.event' || event.type !== 'step') return;
      process.kill(JSON.parse(readFileSync(options.output + '/fold-' + fold + '/run.lock')).pid, 'SIGSTOP');
      process.kill(process.pid, 'SIGKILL');
    };
    await crossValidate(options, { listen, jobs: ${FOLDS} });`;

  test.each(['gone on with', 'overwritten'])('and %s at once, it ends as an unbroken one', async (how) => {
    await rm(at('killed'), { recursive: true, force: true });
    const args = ['--input-type=module', '--eval', program, JSON.stringify(tiny('killed'))];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    expect(await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))).toBe('SIGKILL');

    const waitedFor: string[] = [];
    const listen = (event: CrossValidationEvent) => {
      const [, pid, run] =
        (event.type === 'warning' &&
          /^process (\d+) is still at work in .*(killed\/fold-[12]): waiting for it to end$/.exec(
            event.message,
          )) ||
        [];
      if (pid === undefined || run === undefined) return;
      waitedFor.push(run);
      process.kill(Number(pid), 'SIGCONT');
    };
    await (how === 'overwritten'
      ? crossValidate(tiny('killed'), { listen }, { overwrite: true })
      : crossValidateOrResume(tiny('killed'), { listen }));
    expect(waitedFor).not.toEqual([]);
    expect(namesIn('killed')).toEqual(namesIn('unbroken'));
    expect(oof('killed')).toBe(oof('unbroken'));
    for (const n of [1, 2]) {
      expect(namesIn(`killed/fold-${n}`)).toEqual(namesIn(`unbroken/fold-${n}`));
      const weights = `best/members/${n}-tiny-bert/model.safetensors`;
      expect(bytes('killed', weights).equals(bytes('unbroken', weights))).toBe(true);
    }
  });
});

test.skipIf(process.platform === 'win32')(
  'Ctrl-C in a terminal, which all its processes hear, stops it in good order, however early it comes',
  async () => {
    const program = `
    import { crossValidate } from ${JSON.stringify(new URL('../../dist/training/cross-validation.js', import.meta.url).href)};
    const controller = new AbortController();
    process.on('SIGINT', () => controller.abort());
    const listen = (event) => event.type === 'crossval.started' && console.log('started');
    const { signal } = controller;
    const { status } = await crossValidate(JSON.parse(process.argv[1]), { listen, signal, jobs: ${FOLDS} });
    console.log(status);`;
    const args = ['--input-type=module', '--eval', program, JSON.stringify(tiny('stopped'))];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.stdout.once('data', async () => {
      await sleep(50); // the processes of the folds are starting
      process.kill(-(child.pid as number), 'SIGINT');
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(said).toBe('started\ninterrupted\n');
  },
);

test('the one that is overwritten is there until the new one has a model', async () => {
  await crossValidate(linear('old'), silent);
  const stopped = await interruptedAt(linear('old', { seed: 7 }), ({ type }) => type === 'fold.finished', {
    overwrite: true,
  });
  expect(stopped).toEqual({ status: 'interrupted', finished: 1, of: FOLDS });
  expect(await resolveModelFolder(at('old'), {})).toBe(at('old/.previous/best'));
  await resumeCrossValidation(at('old'), silent);
  expect(await resolveModelFolder(at('old'), {})).toBe(at('old/best'));
  expect(namesIn('old')).toEqual(namesIn('whole'));
  expect(oof('old')).not.toBe(oof('whole'));

  const failing = linear('old', {
    model: at('tiny-bert'),
    learningRate: 1e30,
    maxGradNorm: 0,
    maxLength: 32,
  });
  const before = oof('old');
  await expect(crossValidate(failing, { ...silent, jobs: 1 }, { overwrite: true })).rejects.toMatchObject({
    code: 'run.diverged',
  });
  expect(oof('old')).toBe(before);
  expect(namesIn('old')).toEqual(namesIn('whole'));
});

test('interrupted while its data is read, it leaves nothing', async () => {
  const controller = new AbortController();
  const reason = new Error('stop');
  controller.abort(reason);
  await expect(crossValidate(linear('never'), { ...silent, signal: controller.signal })).rejects.toBe(reason);
  expect(existsSync(at('never'))).toBe(false);
});

test('a fold whose model was damaged has no part in the ensemble, and is trained again once it is removed', async () => {
  await interruptedAt(linear('damaged'), ({ type }) => type === 'fold.finished');
  const model = at('damaged/fold-1/best/model.safetensors');
  const content = readFileSync(model);
  content.writeUInt8(content.readUInt8(content.length - 9) ^ 4, content.length - 9);
  writeFileSync(model, content);
  await expect(resumeCrossValidation(at('damaged'), silent)).rejects.toMatchObject({
    code: 'run.damaged-best',
    hint: expect.stringContaining(`Remove ${at('damaged/fold-1')}`),
  });
  await rm(at('damaged/fold-1'), { recursive: true });
  await resumeCrossValidation(at('damaged'), silent);
  expect(
    bytes('damaged/best/members/1-linear/model.safetensors').equals(
      bytes('whole/best/members/1-linear/model.safetensors'),
    ),
  ).toBe(true);
});
