/** Runs that are killed, interrupted, or out of time, at the worst of moments. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import type { RunEvent } from './events.ts';
import { type RunOptions, resolveRunOptions } from './options.ts';
import { resume, train } from './train.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

let folder: string;
let small: string; // a file of so few rows that an epoch takes a moment
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-interruptions-'));
  small = join(folder, 'small.csv');
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  writeFileSync(small, ['text,label', ...rows.slice(0, 160), ''].join('\n'));
  await writeTinyBert(join(folder, 'tiny-bert'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const json = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));
const silent = { listen: () => undefined };

function tiny(output: string, more: Partial<RunOptions> = {}): RunOptions {
  const common = { model: at('tiny-bert'), trainFile: small, maxLength: 32, epochs: 2, learningRate: 1e-2 };
  return resolveRunOptions({ ...common, output: at(output), ...more });
}

/** Takes the end of a run back, as if the process had been killed just before. */
function forgetTheEnd(run: string): void {
  const lines = readFileSync(at(run, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  writeFileSync(at(run, 'events.jsonl'), `${lines.slice(0, -1).join('\n')}\n`);
}

/** Runs until `stops` says so of an event, then goes on as after Ctrl-C. */
async function interruptedAt(options: RunOptions, stops: (event: RunEvent) => boolean) {
  const controller = new AbortController();
  const events: RunEvent[] = [];
  const outcome = await train(options, {
    signal: controller.signal,
    listen: (event) => {
      events.push(event);
      if (stops(event)) controller.abort();
    },
  });
  return { outcome, events };
}

const filesOf = (run: string) =>
  ['best/model.safetensors', 'best/onnx/model.onnx', 'best/README.md', 'eval_results.json'].map((file) => {
    const {
      eval_runtime: _,
      eval_samples_per_second: __,
      ...results
    } = file.endsWith('.json') ? json(run, file) : {};
    return file.endsWith('.json') ? results : readFileSync(at(run, file));
  });

describe('refit', () => {
  test.each(['linear', 'bert'])(
    'of %s, killed before its end was told, keeps the number from before',
    async (kind) => {
      const run = `refit-${kind}`;
      await train(tiny(run, { refit: true, ...(kind === 'linear' && { model: 'linear' }) }), silent);
      const { eval_f1_weighted: measured } = json(run, 'eval_results.json');
      expect(measured).toBeLessThan(0.95);
      const weights = readFileSync(at(run, 'best/model.safetensors'));
      forgetTheEnd(run);
      const outcome = await resume(at(run), silent);
      expect(outcome).toMatchObject({
        status: 'completed',
        evaluation: { metrics: { f1_weighted: measured } },
      });
      expect(json(run, 'eval_results.json').eval_f1_weighted).toBe(measured);
      expect(json(run, 'best/otzyv.json')).toMatchObject({
        metrics: { f1_weighted: measured },
        trainedOn: { rows: 160, refitted: true },
      });
      expect(readFileSync(at(run, 'best/README.md'), 'utf8')).toContain('once more on all rows');
      expect(readFileSync(at(run, 'best/model.safetensors')).equals(weights)).toBe(true);
    },
  );

  test('finds the run whole when it was killed before the trainer state was copied', async () => {
    await train(tiny('no-state', { refit: true }), silent);
    const expected = filesOf('no-state');
    forgetTheEnd('no-state');
    await rm(at('no-state/trainer_state.json'));
    await resume(at('no-state'), silent);
    expect(filesOf('no-state')).toEqual(expected);
  });

  test('that has no time left is left out, with a warning, and the measured model stays', async () => {
    const events: RunEvent[] = [];
    const options = tiny('no-time', { refit: true, epochs: 1000, maxMinutes: 0.01 });
    const outcome = await train(options, { listen: (event) => events.push(event) });
    expect(outcome.status).toBe('out-of-time');
    expect(events.map(({ type }) => type)).not.toContain('refit.step');
    expect(events).toContainEqual({ type: 'warning', message: expect.stringContaining('no time was left') });
    expect(json('no-time/best/otzyv.json').trainedOn.refitted).toBe(false);
  });
});

describe('a process killed while a folder took the place of another', () => {
  beforeAll(async () => {
    await train(tiny('whole'), silent);
    forgetTheEnd('whole');
  });

  test('goes on with the checkpoint that was there before', async () => {
    await cp(at('whole'), at('killed-1'), { recursive: true });
    const [name, earlier] = readdirSync(at('killed-1/checkpoints')) as [string, string];
    renameSync(at('killed-1/checkpoints', name), at('killed-1/checkpoints', `.${name}.otzyv-old`));
    cpSync(
      at('killed-1/checkpoints', `.${name}.otzyv-old`),
      at('killed-1/checkpoints', '.checkpoint-99.otzyv-new'),
      {
        recursive: true,
      },
    );
    const events: RunEvent[] = [];
    await resume(at('killed-1'), { listen: (event) => events.push(event) });
    expect(events).toContainEqual({ type: 'run.resumed', step: Number(name.replace('checkpoint-', '')) });
    expect(readdirSync(at('killed-1/checkpoints'))).toEqual([name, earlier]);
  });

  test('finds the best model again', async () => {
    await cp(at('whole'), at('killed-2'), { recursive: true });
    renameSync(at('killed-2/best'), at('killed-2/.best.otzyv-old'));
    await resume(at('killed-2'), silent);
    expect(filesOf('killed-2')).toEqual(filesOf('whole'));
    expect(existsSync(at('killed-2/.best.otzyv-old'))).toBe(false);
  });
});

describe('what was damaged since it was saved', () => {
  let best: number;
  beforeAll(async () => {
    await train(tiny('sound'), silent);
    forgetTheEnd('sound');
    best = json('sound/trainer_state.json').best_global_step;
  });

  const flipBit = (...parts: string[]) => {
    const bytes = readFileSync(at(...parts));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 4, bytes.length - 9);
    writeFileSync(at(...parts), bytes);
  };
  /** @returns where the run was gone on with, and what it warned of */
  const resumedAfter = async (name: string, damage: (run: string) => unknown) => {
    await cp(at('sound'), at(name), { recursive: true });
    await damage(name);
    const events: RunEvent[] = [];
    await resume(at(name), { listen: (event) => events.push(event) });
    expect(filesOf(name)).toEqual(filesOf('sound'));
    expect(json(name, 'trainer_state.json')).toEqual(json('sound/trainer_state.json'));
    return {
      step: events.flatMap((event) => (event.type === 'run.resumed' ? event.step : []))[0],
      warnings: events.flatMap((event) => (event.type === 'warning' ? event.message : [])).join('\n'),
    };
  };

  test('the newest checkpoint: the one before it is gone on from', async () => {
    const { step, warnings } = await resumedAfter('newest', (run) =>
      flipBit(run, 'checkpoints/checkpoint-16/optimizer.safetensors'),
    );
    expect(step).toBe(8);
    expect(warnings).toMatch(/checkpoint-16 is passed over: optimizer.safetensors is not what was written/);
  });

  test('all checkpoints: the run begins anew', async () => {
    const { step, warnings } = await resumedAfter('all', (run) => {
      for (const name of ['checkpoint-8', 'checkpoint-16'])
        flipBit(run, 'checkpoints', name, 'model.safetensors');
    });
    expect(step).toBe(0);
    expect(warnings).toContain('no checkpoint is left to go on from: the run begins anew');
  });

  test.each([
    ['the best model', (run: string) => flipBit(run, 'best/model.safetensors')],
    ['all of the best model', (run: string) => rm(at(run, 'best'), { recursive: true })],
    [
      'the names of its labels',
      (run: string) => {
        const card = readFileSync(at(run, 'best/otzyv.json'), 'utf8');
        writeFileSync(at(run, 'best/otzyv.json'), card.replace('обувь', 'одувь'));
      },
    ],
  ])('%s: it is made again from the checkpoint of its step', async (name, damage) => {
    const { step, warnings } = await resumedAfter(name, damage);
    expect(step).toBe(best);
    expect(warnings).toContain('/best is made again: ');
  });

  test('the best model, and its step has no checkpoint: an earlier way leads to it', async () => {
    const { step, warnings } = await resumedAfter('way', async (run) => {
      flipBit(run, 'best/config.json');
      await rm(at(run, `checkpoints/checkpoint-${best}`), { recursive: true });
    });
    expect(step).toBeLessThan(best);
    if (best === 8) expect(warnings).toContain('passed over: the best model, of step 8, is lost');
  });

  test('a refitted model: it is measured and refitted again', async () => {
    await train(tiny('refitted', { refit: true }), silent);
    await cp(at('refitted'), at('refitted-again'), { recursive: true });
    forgetTheEnd('refitted-again');
    flipBit('refitted-again/best/model.safetensors');
    await resume(at('refitted-again'), silent);
    expect(filesOf('refitted-again')).toEqual(filesOf('refitted'));
  });

  test('the best model, before it is measured: that is no number to give', async () => {
    const ending = train(tiny('late'), {
      listen: (event) =>
        event.type === 'checkpoint' && event.step === 16 && flipBit('late/best/model.safetensors'),
    });
    await expect(ending).rejects.toMatchObject({
      code: 'run.damaged-best',
      message: expect.stringContaining('model.safetensors is not what was written'),
    });
    await resume(at('late'), silent);
    expect(filesOf('late')).toEqual(filesOf('sound'));
  });
});

test('a run that saves within its epochs, killed there or between an evaluation and its checkpoint, ends as an unbroken one', async () => {
  const killed: string[] = [];
  await train(tiny('often', { saveSteps: 3, subwordDropout: 0.3 }), {
    listen: (event) => {
      const isMoment =
        (event.type === 'checkpoint' && event.step === 6) || (event.type === 'eval' && event.step === 16);
      if (!isMoment) return;
      const run = `often-${killed.length}`;
      cpSync(at('often'), at(run), { recursive: true });
      rmSync(at(run, 'run.lock')); // its owner, this process, is not dead
      killed.push(run);
    },
  });
  expect(killed).toHaveLength(2);
  for (const run of killed) {
    await resume(at(run), silent);
    expect(filesOf(run)).toEqual(filesOf('often'));
    expect(json(run, 'trainer_state.json')).toEqual(json('often/trainer_state.json'));
  }
});

test('a log that ends in half a line is gone on with, and its report is made', async () => {
  await train(tiny('torn'), silent);
  forgetTheEnd('torn');
  const log = readFileSync(at('torn/events.jsonl'), 'utf8');
  writeFileSync(at('torn/events.jsonl'), `${log}{"v":1,"type":"st`);
  await rm(at('torn/report.html'));
  await resume(at('torn'), silent);
  expect(existsSync(at('torn/report.html'))).toBe(true);
  const last = readFileSync(at('torn/events.jsonl'), 'utf8').trimEnd().split('\n').at(-1) as string;
  expect(JSON.parse(last)).toMatchObject({ type: 'run.finished', status: 'completed' });
});

describe('Ctrl-C, and the run resumed', () => {
  beforeAll(() => train(tiny('unbroken'), silent));
  const stepsAnEpoch = 8;

  test.each([
    ['in the first epoch', (event: RunEvent) => event.type === 'step' && event.step === 3, 1, 0],
    ['before an evaluation', (event: RunEvent) => event.type === 'step' && event.step === stepsAnEpoch, 1, 0],
    [
      'before the last one',
      (event: RunEvent) => event.type === 'step' && event.step === 2 * stepsAnEpoch,
      2,
      1,
    ],
    ['when an evaluation is over', ({ type }: RunEvent) => type === 'eval', 1, 1],
  ])('%s: a checkpoint is saved once, and nothing is lost', async (when, stops, checkpoints, evaluations) => {
    const run = when.replaceAll(' ', '-');
    const { outcome, events } = await interruptedAt(tiny(run), stops);
    expect(outcome.status).toBe('interrupted');
    expect(events.filter(({ type }) => type === 'checkpoint')).toHaveLength(checkpoints);
    expect(events.filter(({ type }) => type === 'eval')).toHaveLength(evaluations);
    await resume(at(run), silent);
    expect(filesOf(run)).toEqual(filesOf('unbroken'));
    expect(json(run, 'trainer_state.json')).toEqual(json('unbroken', 'trainer_state.json'));
  });
});

test('a budget that is spent when an epoch ends does not measure it twice', async () => {
  const evaluated: number[] = [];
  await train(tiny('boundary', { epochs: 1000, maxMinutes: 0.02 }), {
    listen: (event) => event.type === 'eval' && evaluated.push(event.step),
  });
  expect(new Set(evaluated).size).toBe(evaluated.length);
});

test.each([
  [
    'data',
    'moving.csv',
    'data.missing-file',
    /^the run in .* was begun with .*moving\.csv, which is not there/,
  ],
  ['model', 'moved-bert', 'hub.bad-id', /moved-bert" is neither a folder here nor/],
])(
  'a run whose %s was moved says what is missing, and goes on when it is back',
  async (what, name, code, message) => {
    const run = `moved-${what}`;
    cpSync(small, at('moving.csv'));
    cpSync(at('tiny-bert'), at('moved-bert'), { recursive: true });
    const options = tiny(run, { trainFile: at('moving.csv'), model: at('moved-bert') });
    await interruptedAt(options, ({ type }) => type === 'step');
    renameSync(at(name), at('elsewhere'));
    await expect(resume(at(run), silent)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    renameSync(at('elsewhere'), at(name));
    expect(await resume(at(run), silent)).toMatchObject({ status: 'completed' });
  },
);

test('a run is not resumed with other weights', async () => {
  const model = at('moving-bert');
  await writeTinyBert(model);
  await interruptedAt(tiny('other-weights', { model }), ({ type }) => type === 'step');
  const file = join(model, 'model.safetensors');
  const { tensors } = await readSafetensors(file);
  tensors.get('embeddings.word_embeddings.weight')?.data.fill(9);
  await writeSafetensors(file, tensors);
  await expect(resume(at('other-weights'), silent)).rejects.toMatchObject({ code: 'run.model-changed' });
});

test('a run is not resumed with another tokenizer', async () => {
  const model = at('changing-bert');
  await writeTinyBert(model);
  await interruptedAt(tiny('other-tokens', { model }), ({ type }) => type === 'step');
  const vocabulary = readFileSync(join(model, 'vocab.txt'), 'utf8').trimEnd().split('\n');
  writeFileSync(
    join(model, 'vocab.txt'),
    `${[...vocabulary.slice(0, 5), ...vocabulary.slice(5).reverse()].join('\n')}\n`,
  );
  await expect(resume(at('other-tokens'), silent)).rejects.toMatchObject({ code: 'run.model-changed' });
});
