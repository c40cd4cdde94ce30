/** Self-training on a few reviews: what joins, what is measured, and what is left where it was. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { normalizedForComparison } from '@otzyv/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTable } from '../data/table.ts';
import { loadClassifier, resolveModelFolder } from '../inference/classifier.ts';
import { evaluateFile } from '../inference/evaluate-file.ts';
import { writeReport } from '../report/report.ts';
import { writeTinyBert } from '../testing/tiny-bert.ts';
import { loadDataset } from '../training/dataset.ts';
import { type RunOptions, resolveRunOptions } from '../training/options.ts';
import { readPredictions } from '../training/predictions-file.ts';
import { readRunFile } from '../training/run-folder.ts';
import { train } from '../training/train.ts';
import type { PseudoLabelEvent } from './events.ts';
import { type PseudoLabelOptions, resolvePseudoLabelOptions } from './options.ts';
import { pseudoLabel, resumePseudoLabel } from './pseudo-label.ts';

const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const silent = { listen: () => undefined };
const jsonOf = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-self-training-'));
  const lines = readFileSync(REVIEWS, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",(одежда|обувь|электроника)$/.test(line));
  const texts = lines.map((line) => line.slice(0, line.lastIndexOf(',')));
  writeFileSync(at('train.csv'), ['text,label', ...lines.slice(0, 90), ''].join('\n'));
  // the run's own texts stand among them, those held out, too
  writeFileSync(at('raw.csv'), ['text', ...texts.slice(40), ...texts.slice(120, 130), ''].join('\n'));
  await writeTinyBert(at('tiny-bert'));
  await train(linear('linear'), silent);
  await train(tiny('tiny'), silent);
});
afterAll(() => rm(folder, { recursive: true }));

const linear = (output: string, more: Partial<RunOptions> = {}): RunOptions =>
  resolveRunOptions({ model: 'linear', trainFile: at('train.csv'), output: at(output), ...more });
const tiny = (output: string): RunOptions =>
  linear(output, { model: at('tiny-bert'), maxLength: 32, epochs: 2, batchSize: 16, learningRate: 1e-2 });

/** With so little to learn from, no confidence is high. */
const from = (run: string, output: string, more: Partial<PseudoLabelOptions> = {}): PseudoLabelOptions =>
  resolvePseudoLabelOptions({
    ...{ run: at(run), input: at('raw.csv'), output: at(output), rounds: 2, minConfidence: 0.4 },
    ...more,
  });

/** Of every file in a folder. */
function digest(run: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(at(run), { recursive: true, withFileTypes: true });
  for (const file of files
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort())
    hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

async function rowsIn(path: string) {
  const rows: Readonly<Record<string, string>>[] = [];
  for await (const { values } of (await openTable(path)).rows) rows.push(values);
  return rows;
}

describe('from a linear run', () => {
  test('texts join with weights, marked; the same rows are measured, none of which joins; the run stays as it was', async () => {
    const before = digest('linear');
    const outcome = await pseudoLabel(from('linear', 'self'), silent);
    expect(digest('linear')).toBe(before);
    if (outcome.status === 'interrupted') throw new Error('it was not interrupted');

    const file = await rowsIn(at('self/data/round-1.csv'));
    const [own, joined] = [file.slice(0, 90), file.slice(90)];
    expect(own.map(({ text, label }) => ({ text, label }))).toEqual(await rowsIn(at('train.csv')));
    expect(own.every(({ weight, synthetic }) => weight === '1' && synthetic === '')).toBe(true);
    expect(joined).toHaveLength(outcome.rounds[0]?.joined as number);
    expect(joined.length).toBeGreaterThan(10);
    for (const { weight, synthetic } of joined) {
      expect(synthetic).toBe('pseudo-label');
      expect(Number(weight)).toBeGreaterThanOrEqual(0.4 * 0.5);
      expect(Number(weight)).toBeLessThanOrEqual(0.5);
    }
    const predictions = (run: string) => readPredictions(at(run, 'validation_pred.csv'));
    const [first, later] = [await predictions('linear'), await predictions('self/round-1')];
    expect([later.rows, later.texts, later.labelIds]).toEqual([first.rows, first.texts, first.labelIds]);
    const known = new Set(own.map(({ text }) => normalizedForComparison(text as string)));
    expect(first.texts.every((text) => known.has(normalizedForComparison(text)))).toBe(true);
    expect(joined.filter(({ text }) => known.has(normalizedForComparison(text as string)))).toEqual([]);
    const { train: trainedOn } = await loadDataset(
      (await readRunFile(at('self/round-1'))).options,
      () => undefined,
    );
    expect(trainedOn.texts).toHaveLength(90 - first.rows.length + joined.length);
  });

  test('its folder is taken for a model, and has the measurement and the report of its best run', async () => {
    const { best, before, rounds, metric } = jsonOf('self/pseudo_label_results.json');
    const values = [before, ...rounds.map(({ value }: { value: number }) => value)];
    expect(best.value).toBe(Math.max(...values));
    const winner = best.round === 0 ? 'linear' : `self/round-${best.round}`;
    const model = (run: string) => readFileSync(at(run, 'best/model.safetensors'));
    expect(model('self').equals(model(winner))).toBe(true);
    expect(jsonOf('self/eval_results.json')[`eval_${metric}`]).toBe(best.value);
    expect(await writeReport(at('self'), at('again.html'))).toBe(at('again.html'));
    expect(readFileSync(at('again.html'), 'utf8')).toBe(readFileSync(at('self/report.html'), 'utf8'));
    const classifier = await loadClassifier(at('self'));
    const columns = { textColumn: 'text', labelColumn: 'label' };
    expect((await evaluateFile(classifier, { file: at('train.csv'), ...columns })).rows).toBe(90);
    await classifier.dispose();
  });

  test('made again, it makes the same files', async () => {
    await pseudoLabel(from('linear', 'twin'), silent);
    for (const file of ['data/round-1.csv', 'best/model.safetensors', 'pseudo_label_results.json'])
      expect(readFileSync(at('twin', file)).equals(readFileSync(at('self', file))), file).toBe(true);
  });

  test('gone on with when it is finished, it tells the same and trains nothing', async () => {
    const started: PseudoLabelEvent[] = [];
    const before = digest('self/round-1');
    const outcome = await resumePseudoLabel(at('self'), {
      listen: (event) => {
        if (event.type === 'round.event' && event.event.type === 'run.started') started.push(event);
      },
    });
    const { modelFolder, ...told } = outcome as Extract<typeof outcome, { status: 'completed' }>;
    expect(told).toEqual(jsonOf('self/pseudo_label_results.json'));
    expect(modelFolder).toBe(at('self/best'));
    expect(started).toEqual([]);
    expect(digest('self/round-1')).toBe(before);
  });

  test('where it is sure of nothing, the model stays that of the run, and that is said', async () => {
    const outcome = await pseudoLabel(from('linear', 'unsure', { minConfidence: 1 }), silent);
    expect(outcome).toMatchObject({ end: 'nothing-confident', rounds: [], best: { round: 0 } });
    expect(
      readFileSync(at('unsure/best/linear.json')).equals(readFileSync(at('linear/best/linear.json'))),
    ).toBe(true);
    expect(existsSync(at('unsure/round-1'))).toBe(false);
    expect(await writeReport(at('unsure'))).toBe(at('unsure/report.html'));
  });

  test('rows keep their numbers, weights of the run and an audit’s decisions hold, and unreadable rows stay out', async () => {
    const [header, ...lines] = readFileSync(at('train.csv'), 'utf8').trimEnd().split('\n');
    const weighted = lines.map((line, i) => `${line},${i % 2 === 0 ? 1 : 2},мусор`);
    weighted.splice(5, 0, '"не так",одежда'); // too few fields: row 6
    writeFileSync(at('odd.csv'), [`${header},trust,weight`, ...weighted, ''].join('\n'));
    const excluded = lines[20]?.slice(1, lines[20].lastIndexOf('",')); // row 22
    writeFileSync(at('audit.csv'), `row,decision,text\n22,exclude,"${excluded}"\n`);
    const how = {
      trainFile: at('odd.csv'),
      exclude: at('audit.csv'),
      weightColumn: 'trust',
      skipBadRows: true,
    };
    await train(linear('odd', how), silent);
    const outcome = await pseudoLabel(from('odd', 'odd-self', { rounds: 1 }), silent);
    expect(outcome.status).toBe('completed');
    const rows = await rowsIn(at('odd-self/data/round-1.csv'));
    expect(rows[5]).toMatchObject({ text: '', label: '' });
    expect(rows.slice(0, 3).map(({ trust, weight }) => [trust, weight])).toEqual([
      ['1', 'мусор'],
      ['2', 'мусор'],
      ['1', 'мусор'],
    ]);
    const rowNumbers = async (run: string) => (await readPredictions(at(run, 'validation_pred.csv'))).rows;
    expect(await rowNumbers('odd-self/round-1')).toEqual(await rowNumbers('odd'));
  });
});

test('overwritten, the old one answers until the new one is there; where the run was trained anew, it is not gone on with', async () => {
  cpSync(at('linear'), at('again'), { recursive: true });
  await pseudoLabel(from('again', 'over'), silent);
  const old = readFileSync(at('over/best/model.safetensors'));
  const controller = new AbortController();
  const listen = ({ type }: PseudoLabelEvent) => type === 'round.selected' && controller.abort();
  const asked = from('again', 'over', { pseudoWeight: 1 });
  const outcome = await pseudoLabel(asked, { listen, signal: controller.signal }, { overwrite: true });
  expect(outcome).toEqual({ status: 'interrupted', round: 1 });
  const folder = await resolveModelFolder(at('over'), {});
  expect(readFileSync(join(folder, 'model.safetensors')).equals(old)).toBe(true);
  await train(linear('again', { seed: 7 }), silent, { overwrite: true });
  await expect(resumePseudoLabel(at('over'), silent)).rejects.toMatchObject({ code: 'run.data-changed' });
});

describe('is refused', () => {
  test.each([{ rounds: 0 }, { minConfidence: 1.1 }, { pseudoWeight: 0 }, { input: '' }])(
    'with %j',
    (asked) => {
      expect(() => from('linear', 'no', asked)).toThrow(
        expect.objectContaining({
          code: 'options.invalid',
          message: expect.stringContaining(`option ${Object.keys(asked)[0]}`),
        }),
      );
    },
  );

  test('for a run that has learned from what it was measured on', async () => {
    await train(linear('refitted', { refit: true }), silent);
    await expect(pseudoLabel(from('refitted', 'no'), silent)).rejects.toMatchObject({ code: 'run.refitted' });
    expect(existsSync(at('no'))).toBe(false);
  });

  test('for a run that has not come to its end, and for no run', async () => {
    cpSync(at('linear'), at('unfinished'), { recursive: true });
    const log = readFileSync(at('unfinished/events.jsonl'), 'utf8').trimEnd().split('\n');
    writeFileSync(at('unfinished/events.jsonl'), `${log.slice(0, -1).join('\n')}\n`);
    await expect(pseudoLabel(from('unfinished', 'no'), silent)).rejects.toMatchObject({
      code: 'run.not-finished',
    });
    await expect(pseudoLabel(from('tiny-bert', 'no'), silent)).rejects.toMatchObject({
      code: 'run.not-a-run',
    });
    expect(existsSync(at('no'))).toBe(false);
  });

  test('in a folder that holds something, or whose input has changed since', async () => {
    await expect(pseudoLabel(from('linear', 'self'), silent)).rejects.toMatchObject({ code: 'run.exists' });
    writeFileSync(at('other.csv'), 'text\nкуртка тёплая и лёгкая\n');
    await pseudoLabel(from('linear', 'changed', { input: at('other.csv'), minConfidence: 1 }), silent);
    writeFileSync(at('other.csv'), 'text\nчто-то другое\n');
    await expect(resumePseudoLabel(at('changed'), silent)).rejects.toMatchObject({
      code: 'run.data-changed',
    });
    await expect(
      pseudoLabel(from('self/round-1', 'self'), silent, { overwrite: true }),
    ).rejects.toMatchObject({
      code: 'options.same-folder',
    });
    await expect(resumePseudoLabel(at('linear'), silent)).rejects.toMatchObject({ code: 'run.not-a-run' });
  });
});

describe('from a BERT’s run', () => {
  // its few steps teach it little: everything joins
  const options = (output: string) => from('tiny', output, { minConfidence: 0, rounds: 1 });

  beforeAll(async () => {
    await pseudoLabel(options('whole'), silent);
  });

  test.each<[string, (event: PseudoLabelEvent) => boolean]>([
    ['before it answers', ({ type }) => type === 'pseudo-label.started'],
    ['when what joins is known', ({ type }) => type === 'round.selected'],
    [
      'in its training',
      (event) => event.type === 'round.event' && event.event.type === 'step' && event.event.step === 4,
    ],
    ['after a round', ({ type }) => type === 'round.finished'],
  ])(
    'interrupted %s and gone on with, it ends as an unbroken one does, and trains nothing twice',
    async (when, stops) => {
      const output = `broken ${when}`;
      const controller = new AbortController();
      const steps: number[] = [];
      const listen = (event: PseudoLabelEvent) => {
        if (event.type === 'round.event' && event.event.type === 'step') steps.push(event.event.step);
        if (stops(event)) controller.abort();
      };
      const first = await pseudoLabel(options(output), { listen, signal: controller.signal });
      const isOver = when === 'after a round'; // what is left is to put the model in its place
      expect(first.status).toBe(isOver ? 'completed' : 'interrupted');
      const outcome = await resumePseudoLabel(at(output), { listen });
      expect(outcome.status).toBe('completed');
      const trained = (await loadDataset((await readRunFile(at(output, 'round-1'))).options, () => undefined))
        .train;
      const all = 2 * Math.ceil(trained.texts.length / 16);
      expect(steps).toEqual(Array.from({ length: all }, (_, i) => i + 1));
      for (const file of ['data/round-1.csv', 'best/model.safetensors', 'pseudo_label_results.json'])
        expect(readFileSync(at(output, file)).equals(readFileSync(at('whole', file))), file).toBe(true);
      expect(existsSync(at(output, 'round-1/checkpoints'))).toBe(false);
    },
  );

  test('while one is at work in a folder, no other is', async () => {
    let refused: Promise<void> | undefined;
    await pseudoLabel(options('busy'), {
      listen: ({ type }) => {
        if (type !== 'pseudo-label.started') return;
        refused = expect(resumePseudoLabel(at('busy'), silent)).rejects.toMatchObject({ code: 'run.locked' });
      },
    });
    expect(refused).toBeDefined();
    await refused;
  });
});
