/** The whole job, against a server on loopback that makes up good reviews and bad ones, and by the tiny model. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRandom } from '@otzyv/core';
import { type Review, readReviews } from '@otzyv/trainer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCategories } from '../categories.ts';
import { journalPath, reportPath } from '../label-reviews.ts';
import { openLlama } from '../llama/llama-backend.ts';
import { openOpenAi } from '../openai/openai-backend.ts';
import {
  type ChatRequest,
  type FakeOpenAi,
  type FakeOpenAiOptions,
  isForReview,
  reviewFor,
  startFakeOpenAi,
  textOf,
} from '../testing/fake-openai.ts';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import { hasLlama, writeTinyModel } from '../testing/tiny-model.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { augmentByLlm, type LlmAugmentContext, type LlmAugmentOptions } from './augment-by-llm.ts';
import { cleanedReview } from './cleaned-review.ts';
import { createNovelty, REFUSALS, reviewChecks } from './review-checks.ts';
import { RUSSIAN_WRITING_PROMPT } from './writing-prompt.ts';

const CATEGORIES = parseCategories(
  [
    { name: 'обувь', keywords: ['туфл', 'сапог'] },
    { name: 'одежда', keywords: ['куртк', 'плать'] },
    { name: 'нет товара', none: true },
  ],
  'here',
);
const LABELS = CATEGORIES.map(({ name }) => name);
/** Rows of each class, and what they are about. */
const ROWS: readonly [label: string, rows: number, word: string][] = [
  ['обувь', 3, 'туфли'],
  ['одежда', 6, 'куртка'],
  ['нет товара', 12, 'доставка'],
];
const REAL = ROWS.flatMap(([label, rows, word]) =>
  Array.from({ length: rows }, (_, i) => ({ text: `кто-то написал: ${word} номер ${i}`, label })),
);

let folder: TemporaryFolder;
let server: FakeOpenAi | undefined;
let troubles: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  troubles = [];
  const rows = REAL.map(({ text, label }, i) => `${text},${label},${i}`);
  await writeFile(folder.at('train.csv'), ['text,label,id', ...rows, ''].join('\n'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await folder.remove();
});

/** It knows the class of what it wrote: by the keyword. */
const labelByKeyword = (text: string) =>
  CATEGORIES.find(({ keywords }) => keywords.some((keyword) => text.includes(keyword)))?.name ?? 'нет товара';

async function serve(options: Partial<FakeOpenAiOptions> = {}): Promise<FakeOpenAi> {
  await server?.close();
  server = await startFakeOpenAi({ labels: LABELS, labelFor: labelByKeyword, ...options });
  return server;
}

function augment(options: Partial<LlmAugmentOptions> = {}, context: Partial<LlmAugmentContext> = {}) {
  return augmentByLlm(
    {
      ...{ trainFile: folder.at('train.csv'), output: folder.at('out.csv'), categories: CATEGORIES, seed: 1 },
      ...{ textColumn: 'text', labelColumn: 'label', perClass: 10, ...options },
    },
    {
      open: async () =>
        openOpenAi({
          ...{ url: server?.url ?? '', model: 'fake', concurrency: 3 },
          ...{ timeoutMs: 60_000, maxAnswerTokens: 99 },
        }),
      clock: virtualClock(),
      onTrouble: (message) => troubles.push(message),
      ...context,
    },
  );
}

async function written(): Promise<Review[]> {
  const rows: Review[] = [];
  for await (const row of readReviews(folder.at('out.csv'), { textColumn: 'text', labelColumn: 'label' }))
    rows.push(row);
  return rows;
}
const made = async () => (await written()).filter(({ synthetic }) => synthetic !== undefined);
const forReviews = (requests: readonly ChatRequest[]) => requests.filter(isForReview);

const shownIn = (message: string) => /^Образец: (.+)$/m.exec(message)?.[1] ?? '';

describe('the file that is made', () => {
  it('has all rows, and new ones of the rare classes, marked and with the review that was shown', async () => {
    const { requests } = await serve();
    const report = await augment();
    const rows = await written();
    expect(rows.slice(0, REAL.length)).toMatchObject(REAL);
    const texts = rows.slice(REAL.length);
    const shownFor = new Map(
      forReviews(requests).map((request) => [
        reviewFor(textOf(request), request.seed ?? 0),
        shownIn(textOf(request)),
      ]),
    );
    const labelOf = new Map(REAL.map(({ text, label }) => [text, label]));
    for (const { text, label, synthetic } of texts) {
      expect(synthetic).toEqual({ how: 'llm', origin: shownFor.get(text) });
      expect(labelOf.get(synthetic?.origin ?? '')).toBe(label);
      expect(labelByKeyword(text)).toBe(label);
    }
    expect(report).toMatchObject({ rows: 21, made: 11, questions: 22, failures: 0, fromJournal: 0 });
    expect(report.classes).toMatchObject([
      { label: 'обувь', rows: 3, made: 7, aim: 10, questions: 7, isGivenUp: false },
      { label: 'одежда', rows: 6, made: 4, aim: 10, questions: 4, isGivenUp: false },
      { label: 'нет товара', rows: 12, made: 0, aim: 12, questions: 0, isGivenUp: false },
    ]);
    const saved = JSON.parse(await readFile(reportPath(folder.at('out.csv')), 'utf8'));
    expect(saved).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('has no more of one review than allowed, and shows each once before any a second time', async () => {
    const { requests } = await serve();
    const { classes } = await augment({ perRow: 2 });
    expect(classes[0]).toMatchObject({ label: 'обувь', made: 6, aim: 10, isGivenUp: false });
    const origins = (await made())
      .filter(({ label }) => label === 'обувь')
      .map((row) => row.synthetic?.origin);
    expect(new Set(origins).size).toBe(3);
    const ofFootwear = forReviews(requests).filter((request) => textOf(request).includes(': обувь'));
    const firstShown = ofFootwear.slice(0, 3).map((request) => shownIn(textOf(request)));
    expect(new Set(firstShown).size).toBe(3);
  });

  it('is asked for by another instruction, if one is given, and that is no text to train on either', async () => {
    const writingPrompt = 'Сочини сам отзыв про туфли на каждый день\n';
    const { requests } = await serve({ reviewFor: () => writingPrompt });
    const report = await augment({ writingPrompt, giveUpAfter: 1 });
    expect(requests[0]?.messages[0]).toEqual({ role: 'system', content: writingPrompt.trim() });
    expect(report.classes[0]?.refused).toMatchObject({ prompt: 1 });
  });

  it('grows to the middle class where nothing is said', async () => {
    await serve();
    const { classes } = await augment({ perClass: undefined });
    expect(classes.map(({ aim }) => aim)).toEqual([6, 6, 12]);
  });
});

describe('what is taken', () => {
  /** Now good, now one of the faults that models have, by the seed. */
  const faulty = (message: string, seed: number): string => {
    const good = reviewFor(message, seed);
    const faults = [
      good,
      `${seed}. «${good}»`,
      'ладно',
      `${shownIn(message)}!`,
      good.repeat(20),
      `${good} 很好`,
      `Как языковая модель, я скажу: ${good}`,
      good.replace(/^\S+ /, ''),
      'куртка и сапоги всегда те же самые, что и были прежде',
      good.replace(/^\S+/, (word) => (word.startsWith('сапог') ? 'сапог куртка куртка' : word)),
    ];
    return faults[createRandom(seed, message).integer(faults.length)] as string;
  };
  // of several keywords the last decides: what it writes of boots is sometimes of jackets to it
  const labelFor = (text: string) => (text.includes('куртк') ? 'одежда' : labelByKeyword(text));

  it('passes every check, and the rest is counted by its reason', async () => {
    await serve({ reviewFor: faulty, labelFor });
    const report = await augment({ perClass: 40, perRow: 12 });
    const check = reviewChecks({
      ...{ categories: CATEGORIES, instruction: RUSSIAN_WRITING_PROMPT, maxLength: 600 },
    });
    const isNew = createNovelty(REAL.map(({ text }) => text));
    const taken = await made();
    for (const { text: shown } of REAL)
      expect(taken.filter(({ synthetic }) => synthetic?.origin === shown).length).toBeLessThanOrEqual(12);
    for (const { text, label } of taken) {
      expect(cleanedReview(text)).toBe(text);
      expect(check(text, LABELS.indexOf(label))).toBeUndefined();
      expect(isNew(text)).toBe(true);
      expect(labelFor(text)).toBe(label);
    }
    const refused = REFUSALS.filter((reason) => report.classes.some((one) => one.refused[reason] > 0));
    expect(refused).toEqual(REFUSALS);
    for (const { made: count, rows, aim, questions, refused, unanswered } of report.classes) {
      expect(rows + count).toBeLessThanOrEqual(aim);
      expect(Object.values(refused).reduce((sum, n) => sum + n, count + unanswered)).toBe(questions);
    }
    expect(taken).toHaveLength(report.made);
  });

  it('is nothing, where a class is hopeless: it is given up after so many questions in a row', async () => {
    const { requests } = await serve({
      reviewFor: (message, seed) =>
        message.includes(': обувь') ? '再见 再见 再见' : reviewFor(message, seed),
    });
    const { classes } = await augment({ giveUpAfter: 7 });
    expect(classes[0]).toMatchObject({ made: 0, questions: 7, refused: { script: 7 }, isGivenUp: true });
    expect(classes[1]).toMatchObject({ label: 'одежда', made: 4, isGivenUp: false });
    expect(forReviews(requests).filter((request) => textOf(request).includes(': обувь'))).toHaveLength(7);
    expect(troubles).toContain('"обувь" is given up: 7 questions in a row brought nothing');
  });
});

describe('a server that misbehaves', () => {
  it('is borne with: what passes is waited out, what is no review is asked for again', async () => {
    const tried = new Set<string>();
    await serve({
      mischief: (request) => {
        const key = JSON.stringify([textOf(request), isForReview(request)]);
        if (tried.has(key)) return undefined;
        tried.add(key);
        return [{ status: 429 }, { cut: 'within' as const }, { content: '{"review": 1}' }][tried.size % 3];
      },
    });
    const report = await augment();
    expect(report).toMatchObject({ made: 11, failures: 0 });
    expect(report.retries).toBeGreaterThan(0);
    expect(report.unusableAnswers).toBeGreaterThan(0);
  });

  it('and is gone, ends the work; what it answered is kept', async () => {
    await serve({ mischief: (_, number) => (number > 8 ? { status: 500 } : undefined) });
    await expect(augment({ perClass: 20, retries: 0 })).rejects.toMatchObject({ code: 'llm.no-answers' });
    await expect(readFile(folder.at('out.csv'))).rejects.toThrow('ENOENT');
    await serve();
    const report = await augment({ perClass: 20 });
    expect(report.fromJournal).toBe(8);
  });
});

describe('work that breaks off', () => {
  it('goes on without asking twice, and ends as work that did not', async () => {
    await serve();
    await augment({ perClass: 20, output: folder.at('whole.csv') });
    const whole = await readFile(folder.at('whole.csv'), 'utf8');

    const running = await serve();
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => {
      if (running.requests.length > 15) controller.abort(reason);
    };
    await expect(augment({ perClass: 20 }, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    const lines = (await readFile(journalPath(folder.at('out.csv')), 'utf8')).split('\n').length - 1;
    expect(lines).toBeGreaterThan(5);

    running.requests.length = 0;
    const report = await augment({ perClass: 20 });
    expect(report.fromJournal).toBe(lines);
    expect(running.requests).toHaveLength(report.questions - lines);
    expect(await readFile(folder.at('out.csv'), 'utf8')).toBe(whole);

    running.requests.length = 0;
    expect((await augment({ perClass: 20 })).usageNow.prompt).toBe(0);
    expect(running.requests).toHaveLength(0);
  });

  it('asks only for more when more is wanted', async () => {
    const { requests } = await serve();
    await augment({ perClass: 8 });
    const before = requests.length;
    const report = await augment({ perClass: 10 });
    expect(report.fromJournal).toBe(before);
    expect(requests).toHaveLength(report.questions);
  });
});

describe('what cannot be', () => {
  it('is told before a model is opened', async () => {
    const open = () => Promise.reject(new Error('opened'));
    const [, ...others] = CATEGORIES;
    await expect(augment({ categories: others }, { open })).rejects.toMatchObject({
      code: 'labels.unknown',
      message: expect.stringContaining('обувь'),
    });
    await writeFile(folder.at('made.csv'), 'text,label,synthetic\nа,обувь,llm\n');
    const again = augment({ trainFile: folder.at('made.csv') }, { open });
    await expect(again).rejects.toMatchObject({ code: 'data.synthetic' });
  });
});

describe.skipIf(!hasLlama)('the tiny model', () => {
  it('writes nonsense, and none of it is taken', async () => {
    const path = await writeTinyModel(folder.at('tiny.gguf'));
    const report = await augment(
      { giveUpAfter: 4, maxAnswerTokens: 60 },
      { open: (work) => openLlama({ ...work, path, threads: 1, device: 'cpu' }) },
    );
    expect(report.made).toBe(0);
    expect(report.classes.slice(0, 2)).toMatchObject([
      { questions: 4, isGivenUp: true },
      { questions: 4, isGivenUp: true },
    ]);
    expect(await written()).toHaveLength(REAL.length);
  });
});
