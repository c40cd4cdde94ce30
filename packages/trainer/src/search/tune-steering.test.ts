/** A search whose trial is asked to stop from outside. */
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { resolveRunOptions } from '../training/options.ts';
import type { SearchEvent } from './events.ts';
import type { SearchOptions } from './plan.ts';
import { tune } from './tune.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'otzyv-tune-steering-'));
const small = join(folder, 'small.csv');
beforeAll(async () => {
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  writeFileSync(small, ['text,label', ...rows.slice(0, 100), ''].join('\n'));
  await writeTinyBert(join(folder, 'tiny-bert'));
});
afterAll(() => rm(folder, { recursive: true }));

const asked = (output: string): SearchOptions => ({
  base: resolveRunOptions({
    ...{ model: join(folder, 'tiny-bert'), trainFile: small, maxLength: 32, epochs: 2 },
    output: join(folder, output),
  }),
  ...{ space: { learningRate: [1e-3, 1e-2] }, trials: 2, factor: 3, minEpochs: 2, holdout: 0.2 },
});

/** As another process would, and then for as long as the training takes to look again. */
function ask(run: string, command: string): void {
  const { token } = JSON.parse(readFileSync(join(run, 'run.lock'), 'utf8'));
  appendFileSync(join(run, 'control.jsonl'), `${JSON.stringify({ token, command })}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
}

test.each(['stop', 'stop-after-epoch'])(
  'by %s, it is interrupted, and goes on to the end of an unbroken one',
  async (command) => {
    let output = '';
    let isAsked = false;
    const listen = (event: SearchEvent) => {
      if (event.type !== 'trial.event') return;
      if (event.event.type === 'run.started') output = event.event.options.output;
      if (event.event.type !== 'step' || isAsked) return;
      isAsked = true;
      ask(output, command);
    };
    expect(await tune(asked(command), { listen })).toEqual({ status: 'interrupted', runs: 0 });
    const trials = async (run: string) => {
      const outcome = await tune(asked(run), { listen: () => undefined }, { isResumed: true });
      return outcome.status === 'interrupted' ? outcome : outcome.trials.map(({ value }) => value);
    };
    expect(await trials(command)).toEqual(await trials(`${command}, unbroken`));
  },
);
