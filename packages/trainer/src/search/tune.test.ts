/** Searches, end to end, with a BERT so small that a run takes a moment. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadClassifier } from '../inference/classifier.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { type RunOptions, resolveRunOptions } from '../training/options.ts';
import { readPredictions } from '../training/predictions-file.ts';
import type { SearchEvent } from './events.ts';
import { shareRows } from './hold-out.ts';
import { estimateSearch, type SearchOptions } from './plan.ts';
import type { SearchResult } from './results.ts';
import type { TrialRun } from './search-folder.ts';
import type { Space } from './space.ts';
import { tune } from './tune.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

let folder: string;
let small: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-tune-'));
  small = join(folder, 'small.csv');
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  writeFileSync(small, ['text,label', ...rows.slice(0, 100), ''].join('\n'));
  await writeTinyBert(join(folder, 'tiny-bert'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const json = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));
const silent = { listen: () => undefined };

const SPACE: Space = {
  learningRate: { min: 1e-3, max: 2e-2, scale: 'log' },
  loss: ['cross-entropy', 'focal'],
  gamma: [1, 2],
};

function options(
  output: string,
  more: Partial<SearchOptions> = {},
  base: Partial<RunOptions> = {},
): SearchOptions {
  const common = { model: at('tiny-bert'), trainFile: small, maxLength: 32, epochs: 3, learningRate: 5e-3 };
  return {
    base: resolveRunOptions({ ...common, output: at(output), ...base }),
    ...{ space: SPACE, trials: 3, factor: 3, minEpochs: 1, holdout: 0.2 },
    ...more,
  };
}

/** Goes on until `stops` says so of an event, then ends as after Ctrl-C. */
async function interruptedAt(asked: SearchOptions, stops: (event: SearchEvent) => boolean) {
  const controller = new AbortController();
  const listen = (event: SearchEvent) => {
    if (stops(event)) controller.abort();
  };
  return tune(asked, { listen, signal: controller.signal }, { isResumed: true });
}

/** What does not depend on how fast the machine is. */
const timeless = ({ trials, holdout }: SearchResult) => ({
  trials: trials.map(({ trial, epochs, value, settings, runs }) => ({
    ...{ trial, epochs, value, settings },
    runs: runs.map((run) => [run.epochs, run.value]),
  })),
  heldOut: [holdout?.best.metrics, holdout?.defaults?.metrics],
});

const weights = (run: string) => readFileSync(at(run, 'best/model.safetensors'));

describe('a search', () => {
  let result: SearchResult;
  const events: SearchEvent[] = [];
  beforeAll(async () => {
    result = (await tune(options('whole'), { listen: (event) => events.push(event) })) as SearchResult;
  });

  test('tries all for one epoch, and the best third and the defaults for three', () => {
    expect(result.status).toBe('completed');
    const epochs = result.trials.flatMap(({ runs }) => runs.map((run) => run.epochs)).toSorted();
    expect(epochs.slice(0, 3)).toEqual([1, 1, 1]);
    expect([1, 2]).toContain(epochs.length - 3);
    expect(result.trials.find(({ trial }) => trial === 1)?.runs.map((run) => run.epochs)).toEqual([1, 3]);
    const values = result.trials.map(({ value }) => value as number);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(events.filter(({ type }) => type === 'trial.finished')).toHaveLength(epochs.length);
  });

  test('keeps rows aside that no trial sees, and measures the best and the defaults on them', async () => {
    const lines = (name: string) => readFileSync(at('whole/data', name), 'utf8').trim().split('\n').slice(1);
    const [searched, heldOut] = [lines('search.csv'), lines('holdout.csv')];
    expect(searched.length + heldOut.length).toBe(100);
    expect(Math.abs(heldOut.length - 20)).toBeLessThanOrEqual(3); // a class more, a class less
    expect(searched.filter((line) => heldOut.includes(line))).toEqual([]);
    expect(result.holdout?.best.rows).toBe(heldOut.length);
    expect((await readPredictions(at('whole/holdout_pred.csv'))).rows).toHaveLength(heldOut.length);
    expect(json('whole/trials/001-epochs-3/run.json').options.trainFile).toBe(at('whole/data/search.csv'));
  });

  test('leaves the model of the best where it is looked for, and no weights of those that lost', async () => {
    const [best] = result.trials;
    const winner = `whole/trials/00${best?.trial}-epochs-${best?.epochs}`;
    expect(weights('whole').equals(weights(winner))).toBe(true);
    const classifier = await loadClassifier(at('whole'));
    await classifier.dispose();
    const kept = readdirSync(at('whole/trials')).filter((name) =>
      existsSync(at('whole/trials', name, 'best')),
    );
    expect(kept.sort()).toEqual([...new Set(['001-epochs-3', winner.split('/')[2]])].sort());
    for (const name of readdirSync(at('whole/trials'))) {
      expect(existsSync(at('whole/trials', name, 'events.jsonl'))).toBe(true);
      expect(existsSync(at('whole/trials', name, 'eval_results.json'))).toBe(true);
    }
  });

  test('interrupted again and again, and resumed, ends as an unbroken one, and does nothing twice', async () => {
    const finished: string[] = [];
    const goOn = (stops: (event: SearchEvent) => boolean) =>
      interruptedAt(options('broken'), (event) => {
        if (event.type === 'trial.finished') finished.push(`${event.run.trial} ${event.run.epochs}`);
        return stops(event);
      });
    const moments: ((event: SearchEvent) => boolean)[] = [
      (event) => event.type === 'trial.event' && event.event.type === 'step',
      (event) => event.type === 'trial.finished' && event.run.trial === 2,
      (event) => event.type === 'search.measuring',
    ];
    for (const moment of moments) expect(await goOn(moment)).toMatchObject({ status: 'interrupted' });
    const resumed = await goOn(() => false);
    expect(timeless(resumed as SearchResult)).toEqual(timeless(result));
    expect(weights('broken').equals(weights('whole'))).toBe(true);
    expect(finished).toHaveLength(new Set(finished).size);
    expect(finished).toHaveLength(result.trials.flatMap(({ runs }) => runs).length);
  });

  test('killed before a run wrote what it is, goes on', async () => {
    await cp(at('whole'), at('killed'), { recursive: true });
    const { elapsedMs, runs } = json('killed/trials.json');
    const last = runs.at(-1);
    writeFileSync(at('killed/trials.json'), JSON.stringify({ elapsedMs, runs: runs.slice(0, -1) }));
    await rm(at('killed/tune_results.json'));
    const run = at(`killed/trials/00${last.trial}-epochs-${last.epochs}`);
    for (const name of readdirSync(run)) await rm(join(run, name), { recursive: true });
    writeFileSync(join(run, '.run.json.123.tmp'), '{"options":');
    // the copy lies elsewhere, so its data do, too
    const resumed = await tune(options('killed'), silent, { isResumed: true });
    expect(timeless(resumed as SearchResult)).toEqual(timeless(result));
  });

  test('whose best model was damaged gives no number, and makes it again once it is told to', async () => {
    await cp(at('whole'), at('damaged'), { recursive: true });
    await rm(at('damaged/tune_results.json'));
    const [best] = result.trials;
    const winner = `damaged/trials/00${best?.trial}-epochs-${best?.epochs}`;
    writeFileSync(at(winner, 'best/model.safetensors'), 'torn');
    const goOn = () => tune(options('damaged'), silent, { isResumed: true });
    await expect(goOn()).rejects.toMatchObject({ code: 'run.damaged-best' });
    await rm(at(winner), { recursive: true });
    const journal = json('damaged/trials.json');
    const runs = journal.runs.filter(
      (run: TrialRun) => run.trial !== best?.trial || run.epochs !== best?.epochs,
    );
    writeFileSync(at('damaged/trials.json'), JSON.stringify({ ...journal, runs }));
    expect(timeless((await goOn()) as SearchResult).heldOut).toEqual(timeless(result).heldOut);
    expect(weights('damaged').equals(weights('whole'))).toBe(true);
  });

  test('has its folder for itself', async () => {
    const refusals: Promise<void>[] = [];
    await tune(options('busy', { trials: 1, holdout: 0 }, { epochs: 1 }), {
      listen: ({ type }) => {
        if (type !== 'search.started') return;
        for (const how of [{ isResumed: true }, { overwrite: true }]) {
          const second = tune(options('busy', { trials: 1, holdout: 0 }, { epochs: 1 }), silent, how);
          refusals.push(expect(second).rejects.toMatchObject({ code: 'run.locked' }));
        }
      },
    });
    expect(refusals).toHaveLength(2);
    await Promise.all(refusals);
  });

  test('that is overwritten is there until the new one has a model', async () => {
    await cp(at('whole'), at('overwritten'), { recursive: true });
    const [old, later] = [weights('overwritten'), options('overwritten', {}, { seed: 7 })];
    const controller = new AbortController();
    const listen = ({ type }: SearchEvent) => type === 'trial.finished' && controller.abort();
    await tune(later, { listen, signal: controller.signal }, { overwrite: true });
    expect(weights('overwritten/.previous').equals(old)).toBe(true);
    await tune(later, silent, { isResumed: true });
    expect(existsSync(at('overwritten/.previous'))).toBe(false);
    expect(readdirSync(at('overwritten')).sort()).toEqual(readdirSync(at('whole')).sort());
    expect(json('overwritten/tune.json').base.seed).toBe(7);
  });

  test('interrupted while its data is read leaves nothing', async () => {
    const reason = new Error('stop');
    const stopped = tune(options('unread'), { ...silent, signal: AbortSignal.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
    expect(existsSync(at('unread'))).toBe(false);
  });

  test('that is finished answers again without training', async () => {
    const again = await tune(
      options('whole'),
      { listen: (event) => expect(event.type).not.toBe('trial.event') },
      {
        isResumed: true,
      },
    );
    expect(again).toEqual(result);
  });

  test('out of time ends in good order, and goes on when it is given more', async () => {
    await cp(at('whole'), at('late'), { recursive: true });
    const { runs } = json('whole/trials.json');
    writeFileSync(at('late/trials.json'), JSON.stringify({ elapsedMs: 60_000, runs: runs.slice(0, 2) }));
    await rm(at('late/tune_results.json'));
    await rm(at('late/trials'), { recursive: true });
    await cp(at('whole/trials/001-epochs-3'), at('late/trials/001-epochs-1'), { recursive: true }); // any model will do
    await cp(at('whole/trials/001-epochs-3'), at('late/trials/002-epochs-1'), { recursive: true });
    const ended = (await tune(options('late', { maxMinutes: 1 }), silent, {
      isResumed: true,
    })) as SearchResult;
    expect(ended).toMatchObject({
      status: 'out-of-time',
      untried: [
        { epochs: 1, trials: 1 },
        { epochs: 3, trials: 1 },
      ],
    });
    expect(ended.trials).toHaveLength(2);
    const more = await tune(options('late', { maxMinutes: 60 }), silent, { isResumed: true });
    expect(timeless(more as SearchResult).trials).toEqual(timeless(result).trials);
  });

  test('is not gone on with by other options, on other data, or by mistake', async () => {
    await expect(tune(options('whole'), silent)).rejects.toMatchObject({ code: 'run.exists' });
    const resume = (asked: SearchOptions) => tune(asked, silent, { isResumed: true });
    await expect(resume(options('whole', { factor: 2 }))).rejects.toThrow(/begun with factor 3, not 2/);
    await expect(resume(options('whole', {}, { batchSize: 8 }))).rejects.toThrow(
      /begun with batchSize 16, not 8/,
    );
    await expect(resume(options('whole', { space: { gamma: [1] } }))).rejects.toThrow(/begun with space/);
    const file = at('changing.csv');
    await cp(small, file);
    await interruptedAt(options('changed', {}, { trainFile: file }), ({ type }) => type === 'trial.started');
    writeFileSync(file, readFileSync(small, 'utf8').replace('обувь', 'одежда'));
    await expect(resume(options('changed', {}, { trainFile: file }))).rejects.toMatchObject({
      code: 'run.data-changed',
    });
  });

  test('with more trials than before goes on with those that are new', async () => {
    await cp(at('whole'), at('wider'), { recursive: true });
    const begun: number[] = [];
    const wider = await tune(
      options('wider', { trials: 4 }),
      { listen: (event) => event.type === 'trial.started' && event.epochs === 1 && begun.push(event.trial) },
      { isResumed: true },
    );
    expect(begun).toEqual([4]);
    expect((wider as SearchResult).trials).toHaveLength(4);
  });
});

test.each<[string, Space, RegExp]>([
  ['that the model cannot take', { maxLength: [512] }, /--max-length 512/],
  ['that diverges', { learningRate: [1e30] }, /the gradient norm became NaN|the loss became/],
])('a run %s is a lost trial, once', async (what, space, fault) => {
  const asked = options(
    what.replaceAll(' ', '-'),
    { space, trials: 2, holdout: 0 },
    { epochs: 1, maxGradNorm: 0 },
  );
  const begun: number[] = [];
  const listen = (event: SearchEvent) => event.type === 'trial.started' && begun.push(event.trial);
  const result = (await tune(asked, { listen })) as SearchResult;
  expect(result.trials[1]).toMatchObject({ trial: 2, settings: space.maxLength ? { maxLength: 512 } : {} });
  expect(result.trials[1]?.value).toBeUndefined();
  expect(result.trials[1]?.runs[0]?.fault).toMatch(fault);
  expect(result.holdout).toBeUndefined();
  expect(await tune(asked, { listen }, { isResumed: true })).toEqual(result);
  expect(begun).toEqual([1, 2]);
});

test('time that is too short for one run says so, and more of it goes on', async () => {
  const one = (maxMinutes: number) => options('hasty', { trials: 1, maxMinutes }, { epochs: 1 });
  await expect(tune(one(1e-7), silent)).rejects.toMatchObject({ code: 'run.out-of-time' });
  expect(await tune(one(10), silent, { isResumed: true })).toMatchObject({ status: 'completed' });
});

test('what is wrong with the data or the model is found before anything is written', async () => {
  const noColumn = options('never', {}, { labelColumn: 'category' });
  await expect(tune(noColumn, silent)).rejects.toMatchObject({ code: 'data.missing-column' });
  await expect(tune(options('never', {}, { model: './nowhere' }), silent)).rejects.toMatchObject({
    code: 'hub.bad-id',
  });
  await expect(tune(options('never', {}, { maxLength: 100 }), silent)).rejects.toMatchObject({
    code: 'options.max-length',
  });
  expect(existsSync(at('never'))).toBe(false);
});

test.each([
  [{ trials: 0 }, /0 trials/],
  [{ factor: 1 }, /one in 1/],
  [{ holdout: 1 }, /share of 1/],
  [{ minEpochs: 4 }, /4 epochs at least, and 3 at most/],
])('a search of %j is refused', async (more, message) => {
  await expect(tune(options('never', more), silent)).rejects.toThrow(message);
});

test('a linear model is tried once in each way that there is', async () => {
  const space: Space = { classWeights: ['balanced', 'clamped', 'none'] };
  const result = await tune(options('linear', { space, trials: 20 }, { model: 'linear' }), silent);
  expect(result).toMatchObject({ status: 'completed', trials: [{}, {}, {}] });
  expect(readdirSync(at('linear/trials'))).toEqual(['001', '002', '003']);
});

test('groups stay whole when rows are kept aside', async () => {
  const grouped = at('grouped.csv');
  const [header, ...rows] = readFileSync(small, 'utf8').trim().split('\n');
  writeFileSync(grouped, [`${header},product`, ...rows.map((row, i) => `${row},p${i % 40}`), ''].join('\n'));
  const base = { model: 'linear', trainFile: grouped, groupColumn: 'product' };
  await tune(options('groups', { space: { classWeights: ['none'] }, trials: 1 }, base), silent);
  const products = (name: string) =>
    new Set(
      readFileSync(at('groups/data', name), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',').at(-1)),
    );
  const heldOut = products('holdout.csv');
  expect(heldOut.size).toBeGreaterThan(3);
  for (const product of products('search.csv')) expect(heldOut.has(product)).toBe(false);
});

test('copies of a text stay together when rows are kept aside', async () => {
  const copied = at('copied.csv');
  const [header, ...rows] = readFileSync(small, 'utf8').trim().split('\n');
  writeFileSync(copied, [header, ...rows, ...rows, ''].join('\n'));
  const { base } = options('never', {}, { trainFile: copied });
  const { searched, heldOut } = await shareRows(base, 0.2, () => undefined);
  expect(searched.size + heldOut.size).toBe(200);
  const long = [...heldOut]
    .map((row) => (row > 100 ? row - 100 : row))
    .filter((row) => (rows[row - 1]?.length ?? 0) > 80);
  expect(long.length).toBeGreaterThan(10);
  for (const row of long) expect([searched.has(row), searched.has(row + 100)]).toEqual([false, false]);
});

test('an estimate plans the search and writes nothing', async () => {
  const estimate = await estimateSearch(options('planned'), silent);
  expect(estimate).toMatchObject({ trials: 3, epochs: 9, configurations: [{}, {}, {}] });
  expect(estimate.estimatedMs).toBeGreaterThan(0);
  expect(existsSync(at('planned'))).toBe(false);
});
