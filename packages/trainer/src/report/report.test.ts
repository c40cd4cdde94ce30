/** The report as a file: what stands in it, whatever the data holds and whatever a run has left. */
import { appendFileSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calibrateModel } from '../training/calibrate.ts';
import { EVENT_SCHEMA_VERSION } from '../training/events.ts';
import { resolveRunOptions } from '../training/options.ts';
import { readPredictions } from '../training/predictions-file.ts';
import { train } from '../training/train.ts';
import { writeReport } from './report.ts';

const TRAIN = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const trainLinear = (output: string, more: object = {}) =>
  train(resolveRunOptions({ model: 'linear', trainFile: TRAIN, output: at(output), ...more }), {
    listen: () => undefined,
  });
const markedIn = (page: string) => Array.from(page.matchAll(/<mark>(.*?)<\/mark>/g), ([, word]) => word);
const pageOf = (run: string) => readFileSync(at(run, 'report.html'), 'utf8');
const headingsOf = (run: string) =>
  Array.from(pageOf(run).matchAll(/<h2 id="[^"]+">(.*?)<\/h2>/g), ([, title]) => title);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-report-'));
  await trainLinear('run');
});
afterAll(() => rm(folder, { recursive: true }));

describe('the report of a run', () => {
  test('opens with one sentence: the number, what it rests on, and what no model would score', () => {
    const results = JSON.parse(readFileSync(at('run/eval_results.json'), 'utf8'));
    const [, summary = ''] = /<p class="summary">(.*?)<\/p>/s.exec(pageOf('run')) ?? [];
    const said = summary.replace(/<[^>]+>/g, '');
    expect(said).toMatch(
      /^Weighted F1 0\.\d{3}.* on \d+ held-out reviews; always answering «.+» scores 0\.\d{3}\.$/,
    );
    expect(said).toContain(results.eval_f1_weighted.toFixed(3));
    expect(said).toContain(results.baseline.f1_weighted.toFixed(3));
    expect(said).toContain(String(results.eval_samples));
  });

  test('answers in the order in which a reader asks', () => {
    expect(headingsOf('run')).toEqual([
      'The number',
      'Where it errs',
      'Slice by slice',
      'Can its confidence be believed?',
      'Reviews to read',
      'The data',
      'How it was made',
    ]);
  });

  test('marks the words that its surest mistakes hung on', () => {
    const { examples } = JSON.parse(readFileSync(at('run/examples.json'), 'utf8'));
    const mistakes = examples.filter(({ kind }: { kind: string }) => kind === 'sure-and-wrong');
    expect(mistakes.length).toBeGreaterThan(3);
    for (const { answer, other, label, words, text } of mistakes) {
      expect(answer.label).not.toBe(label);
      expect(other.label).toBe(label);
      const strongest = words.toSorted((a: Word, b: Word) => b.logOdds - a.logOdds)[0] as Word;
      if (strongest.logOdds > 1)
        expect(markedIn(pageOf('run'))).toContain(text.slice(strongest.start, strongest.end));
    }
  });

  test('shows close calls between their two classes, and says which label is right', () => {
    const { examples } = JSON.parse(readFileSync(at('run/examples.json'), 'utf8'));
    const calls = examples.filter(({ kind }: { kind: string }) => kind === 'torn');
    expect(calls.length).toBeGreaterThan(3);
    for (const { answer, other } of calls) expect(answer.probability - other.probability).toBeLessThan(0.1);
    const neither = calls.filter(
      ({ label, answer, other }: Call) => label !== answer.label && label !== other.label,
    );
    const said = pageOf('run').match(/row \d+, labelled /g) ?? [];
    expect(said.length).toBe(neither.length);
  });

  test('says from which confidence on the model answers, once that was chosen', async () => {
    await cp(at('run'), at('careful'), { recursive: true });
    await calibrateModel(at('careful'), { minConfidence: 0.5 });
    await writeReport(at('careful'));
    const said = /Below a confidence of 0\.50 it answers .*«не уверен»/;
    expect([said.test(pageOf('run')), said.test(pageOf('careful'))]).toEqual([false, true]);
  });

  test('slices by the column of groups, and names the group that it serves badly', async () => {
    // in the last shop what is written says nothing of the label
    const reviewsOf = (shops: readonly string[]) =>
      shops.flatMap((shop) =>
        Array.from({ length: 80 }, (_, row) => {
          const [label, other] = row % 2 ? ['одежда', 'посуда'] : ['посуда', 'одежда'];
          const word = shop === 'злой' && row % 4 < 2 ? other : label;
          return JSON.stringify({ text: `${word} ${row}`, label, shop });
        }),
      );
    await writeFile(at('shops.jsonl'), reviewsOf(['первый', 'второй']).join('\n'));
    await writeFile(at('others.jsonl'), reviewsOf(['третий', 'добрый', 'злой']).join('\n'));
    const files = { trainFile: at('shops.jsonl'), validationFile: at('others.jsonl') };
    await trainLinear('shops', { ...files, groupColumn: 'shop' });
    const { columns, rows: held } = await readPredictions(at('shops/validation_pred.csv'));
    expect(columns['shop']?.length).toBe(held.length);
    const [, finding = ''] = /Weakest slice<\/dt><dd>(.*?)<\/dd>/.exec(pageOf('shops')) ?? [];
    expect(finding.replace(/<[^>]+>/g, '')).toMatch(
      /^shop «злой»: accuracy 0\.5.* on 80 reviews, elsewhere 1\.000\.$/,
    );
    expect(pageOf('shops').includes('<h3>Accuracy by shop</h3>')).toBe(true);
  });

  test('is made again from the files, to the byte', async () => {
    const before = pageOf('run');
    await rm(at('run/report.html'));
    expect(await writeReport(at('run'))).toBe(at('run/report.html'));
    expect(pageOf('run') === before).toBe(true);
    expect(await writeReport(at('run'), at('elsewhere.html'))).toBe(at('elsewhere.html'));
    expect(readFileSync(at('elsewhere.html'), 'utf8') === before).toBe(true);
  });

  test('of an earlier version’s run leaves out what that did not write', async () => {
    await cp(at('run'), at('old'), { recursive: true });
    for (const name of ['examples.json', 'answer_times.json', 'data_profile.json', 'events.jsonl'])
      await rm(at('old', name));
    await writeReport(at('old'));
    expect(headingsOf('old')).toEqual([
      'The number',
      'Where it errs',
      'Slice by slice',
      'Can its confidence be believed?',
      'How it was made',
    ]);
  });

  test('names a file that was changed', async () => {
    await cp(at('run'), at('changed'), { recursive: true });
    await writeFile(at('changed/examples.json'), '{"examples": [{"kind": "nice"}]}');
    await expect(writeReport(at('changed'))).rejects.toMatchObject({
      code: 'run.broken-file',
      message: expect.stringContaining('examples.json'),
    });
  });

  test('of a folder that holds no run is refused', async () => {
    await expect(writeReport(folder)).rejects.toMatchObject({ code: 'run.not-a-run' });
  });

  test('of a run that was not measured yet is refused, and says how to go on', async () => {
    await cp(at('run'), at('half'), { recursive: true });
    await rm(at('half/eval_results.json'));
    await expect(writeReport(at('half'))).rejects.toMatchObject({
      code: 'run.not-finished',
      hint: expect.stringContaining(`otzyv train --resume ${at('half')}`),
    });
  });

  test('draws the steps that were made twice once, after a run was broken off', async () => {
    await cp(at('run'), at('resumed'), { recursive: true });
    await writeLog('resumed', [
      step(1, 1),
      step(2, 2),
      step(3, 7_777),
      { type: 'run.resumed', step: 2 },
      step(3, 3),
    ]);
    await writeReport(at('resumed'));
    expect(pageOf('resumed').includes('the training loss goes from 1.000 to 3.000')).toBe(true);
    expect(pageOf('resumed').includes('>8,000</text>')).toBe(false); // no axis reaches up to the step that was lost
  });

  test('draws the fit of a linear model that was measured, and not the one on all rows that follows', async () => {
    await cp(at('run'), at('refitted'), { recursive: true });
    const iterations = (objectives: readonly number[]) =>
      objectives.map((objective, i) => ({
        type: 'linear.iteration',
        iteration: i + 1,
        objective,
        gradientNorm: 1,
      }));
    const measured = { type: 'eval', step: 4, epoch: 1, metrics: {}, isBest: true, elapsedMs: 1 };
    await writeLog('refitted', [
      ...iterations([9, 8]),
      { type: 'run.resumed', step: 0 },
      ...iterations([9, 8, 7, 6]),
      measured,
      ...iterations([99, 88, 77]),
    ]);
    await writeReport(at('refitted'));
    expect(pageOf('refitted').includes('the linear fit falls from 9.0 to 6.0 in 4 iterations')).toBe(true);
  });

  test('stays small after thirty thousand steps, their spikes drawn', async () => {
    await cp(at('run'), at('long'), { recursive: true });
    const steps = Array.from({ length: 30_000 }, (_, i) =>
      step(i + 1, i === 21_234 ? 9 : 1 + (i % 2) / 10, 30_000),
    );
    await writeLog('long', steps);
    appendFileSync(at('long/events.jsonl'), '{"type": "st');
    await writeReport(at('long'));
    expect((await stat(at('long/report.html'))).size).toBeLessThan(1_000_000);
    expect(pageOf('long').includes('>10</text>')).toBe(true); // the axis reaches above the spike
  });

  test('counts what is held out class by class, also of a class that is held out as a whole', async () => {
    // all of «гамак» is of one shop, which is all on one side
    const reviews = Array.from({ length: 90 }, (_, row) => {
      const label = row % 10 === 0 ? 'гамак' : row % 2 ? 'одежда' : 'посуда';
      return JSON.stringify({
        text: `${label} ${row}`,
        label,
        shop: label === 'гамак' ? 'один' : `${row % 7}`,
      });
    });
    await writeFile(at('hammocks.jsonl'), reviews.join('\n'));
    const plan = { folds: 2, repeat: 1, shuffle: true, bindDuplicates: false };
    const runs = [1, 2].map(async (index) => {
      const run = `fold-${index}`;
      await trainLinear(run, {
        trainFile: at('hammocks.jsonl'),
        groupColumn: 'shop',
        fold: { ...plan, index },
      });
      const { labels, labelIds } = await readPredictions(at(run, 'validation_pred.csv'));
      const [, shown = ''] =
        /<table[^>]*><caption[^>]*>Reviews by class<\/caption>(.*?)<\/table>/s.exec(pageOf(run)) ?? [];
      const heldOut = Array.from(
        shown.matchAll(
          /<th scope="row"><span lang="ru">(.*?)<\/span><\/th>.*?<td class="number">(\d+)<\/td><\/tr>/g,
        ),
        ([, label, n]) => [label, Number(n)],
      );
      expect(Object.fromEntries(heldOut)).toEqual(
        Object.fromEntries(labels.map((label, id) => [label, labelIds.filter((one) => one === id).length])),
      );
    });
    await Promise.all(runs);
  });
});

/** A run's log, in place of the one that it has. */
function writeLog(run: string, events: readonly object[]): Promise<void> {
  const line = (event: object) =>
    JSON.stringify({ v: EVENT_SCHEMA_VERSION, time: '2026-01-01T00:00:00Z', ...event });
  return writeFile(at(run, 'events.jsonl'), events.map((event) => `${line(event)}\n`).join(''));
}

/** One of ten in an epoch. */
function step(n: number, loss: number, totalSteps = 3) {
  const rest = { gradientNorm: 1, learningRate: 1e-4, examples: 8, elapsedMs: 1 };
  return { type: 'step', step: n, totalSteps, epoch: n / 10, loss, ...rest };
}

interface Call {
  readonly label: string;
  readonly answer: { readonly label: string };
  readonly other: { readonly label: string };
}

interface Word {
  readonly start: number;
  readonly end: number;
  /** of the answer against the true label */
  readonly logOdds: number;
}

test('whatever labels and texts hold, it is text in the page', async () => {
  const nasty = ['</style><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "одежда & 'обувь'"];
  const rows = Array.from({ length: 60 }, (_, row) => {
    const label = nasty[row % 3] as string;
    return JSON.stringify({ text: `<b onclick="alert(2)">отзыв</b> ${row} ${label} \u2028 ]]>`, label });
  });
  await writeFile(at('nasty.jsonl'), rows.join('\n'));
  await trainLinear('nasty', { trainFile: at('nasty.jsonl') });
  const page = pageOf('nasty');
  expect(page).not.toMatch(/<script|<img|<b onclick/i);
  expect(page).toContain('&#60;script&#62;alert(1)');
});
