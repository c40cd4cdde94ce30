/** A model of random weights, run by the real llama.cpp: what it says means nothing, and must be valid all the same. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type Question, UnusableAnswer } from '../backend.ts';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import { hasLlama, writeTinyModel } from '../testing/tiny-model.ts';
import { type LlamaOptions, openLlama } from './llama-backend.ts';

const LABELS = ['обувь', 'одежда', 'товары для детей', 'товары для животных', 'нет "товара"'];
const INSTRUCTION = `Выбери категорию: ${LABELS.join(', ')}.`;
const OTHER = `Категории: ${[...LABELS].reverse().join(', ')}.`;

let folder: TemporaryFolder;
let path: string;
let backend: Backend | undefined;
beforeAll(async () => {
  folder = await temporaryFolder();
  path = await writeTinyModel(folder.at('tiny.gguf'));
});
afterEach(async () => {
  await backend?.close();
  backend = undefined;
});
afterAll(() => folder.remove());

/** On one thread: a model as small as this is only slowed down by more. */
async function open(options: Partial<LlamaOptions> = {}): Promise<Backend> {
  backend = await openLlama({
    ...{ path, instructions: [INSTRUCTION], longestText: 'x'.repeat(400), labels: LABELS, writtenTokens: 0 },
    ...{ threads: 1, device: 'cpu', ...options },
  });
  return backend;
}

const question = (text: string, options: Partial<Question> = {}): Question => ({
  ...{ instruction: INSTRUCTION, text, labels: LABELS, seed: 1, temperature: 0 },
  ...options,
});

/** Keys and values are kept in 16 bits: batches of another size round them otherwise. */
const near = (probabilities: readonly number[] | undefined) =>
  probabilities?.map((p) => expect.closeTo(p, 2));

describe.skipIf(!hasLlama)('the embedded model', () => {
  it('answers every one of 1,000 questions with one of the labels, and with its probability', async () => {
    const { ask } = await open();
    const given = new Map<string, number>();
    for (let i = 0; i < 1000; i++) {
      const text = `Отзыв ${i}: 👍 {"label": "шины"}`;
      const answer = await ask(question(text, { temperature: 1, seed: i }));
      expect(LABELS).toContain(answer.label);
      expect(answer.confidence).toBeGreaterThanOrEqual(0);
      expect(answer.confidence).toBeLessThanOrEqual(1);
      expect(answer.probabilities?.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1);
      given.set(answer.label, (given.get(answer.label) ?? 0) + 1);
    }
    expect(given.size).toBeGreaterThan(1);
  }, 600_000);

  it('gives the likeliest label at temperature 0, the same each time; above it, what the seed draws', async () => {
    const { ask } = await open();
    const { label, probabilities } = await ask(question('Жмут'));
    expect(label).toBe(LABELS[probabilities!.indexOf(Math.max(...probabilities!))]);
    expect(await ask(question('Жмут'))).toMatchObject({ label, probabilities: near(probabilities) });
    const drawn = new Set<string>();
    for (let seed = 0; seed < 20; seed++)
      drawn.add((await ask(question('Жмут', { seed, temperature: 2 }))).label);
    expect(drawn.size).toBeGreaterThan(1);
    const again = question('Жмут', { seed: 3, temperature: 2 });
    expect(await ask(again)).toMatchObject({ label: (await ask(again)).label });
  });

  it('evaluates an instruction once, each vote’s own, and answers as if it had evaluated all', async () => {
    const both = { instructions: [INSTRUCTION, OTHER] };
    const fresh: unknown[] = [];
    for (const instruction of [INSTRUCTION, OTHER]) {
      fresh.push((await (await open(both)).ask(question('Жмут', { instruction }))).probabilities);
      await backend?.close();
    }
    const { ask } = await open(both);
    for (const instruction of [INSTRUCTION, OTHER]) {
      const first = await ask(question('Прекрасные туфли', { instruction }));
      expect(first.usage.cached).toBe(0);
      const next = await ask(question('Жмут', { instruction }));
      // of bytes, one a token: all of the instruction was there
      expect(next.usage.cached).toBeGreaterThan(Buffer.byteLength(instruction));
      expect(next.usage.prompt - next.usage.cached).toBeLessThan(40);
      const expected = fresh.shift() as number[];
      expect(next.probabilities).toEqual(near(expected));
    }
  });

  it('answers several questions at once, each as it would alone', async () => {
    const { ask, concurrency } = await open({ concurrency: 4 });
    expect(concurrency).toBe(4);
    const texts = Array.from({ length: 12 }, (_, i) => `Отзыв номер ${i}`);
    const together = await Promise.all(texts.map((text) => ask(question(text))));
    for (const [i, text] of texts.entries()) {
      const alone = await ask(question(text));
      expect(together[i]?.probabilities).toEqual(near(alone.probabilities));
    }
  });

  it('has the probabilities that llama.cpp itself tells of the next token', async () => {
    const labels = ['a', 'b'];
    const { probabilities } = await (await open({ labels })).ask(question('Жмут', { labels }));
    const { getLlama, resolveChatWrapper } = await import('node-llama-cpp');
    const llama = await getLlama({ gpu: false, build: 'never' });
    try {
      const model = await llama.loadModel({ modelPath: path });
      const { contextText } = resolveChatWrapper(model).generateContextState({
        chatHistory: [
          { type: 'system', text: INSTRUCTION },
          { type: 'user', text: 'Отзыв: Жмут' },
          { type: 'model', response: [''] },
        ],
      });
      const tokensOf = (text: string) => model.tokenize(text, false, 'trimLeadingSpace');
      const tokens = [...contextText.tokenize(model.tokenizer), ...tokensOf('{"label": "')];
      const context = await model.createContext({ contextSize: 2048, threads: 1 });
      const everything = { temperature: 1, topK: 0, topP: 1, minP: 0 };
      const next = context.getSequence().evaluateWithMetadata(tokens, { probabilities: true }, everything);
      const told = (await next.next()).value as { probabilities: Map<number, number> };
      const [a, b] = labels.map((label) => told.probabilities.get(tokensOf(label)[0]!)!) as [number, number];
      expect(probabilities).toEqual(near([a / (a + b), b / (a + b)]));
    } finally {
      await llama.dispose();
    }
  });

  it('writes reviews of Cyrillic and Latin letters and signs, another for each seed, or none that ends in time', async () => {
    const { write } = await open({ writtenTokens: 200 });
    const said = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const asked = { instruction: INSTRUCTION, text: 'Категория: обувь', seed, temperature: 0.8 };
      const outcome = await write(asked).catch((error: UnusableAnswer) => error);
      if (outcome instanceof UnusableAnswer) {
        expect(outcome.message).toContain('cut at the limit');
        expect(outcome.usage.completion).toBeGreaterThanOrEqual(200);
        continue;
      }
      expect(outcome.text).toMatch(/^[ !#-[\]-~А-Яа-яЁё«»„“”–—…№₽°×]+$/);
      expect(outcome.usage.completion).toBeLessThan(230);
      if (seed > 0) expect(outcome.usage.cached).toBeGreaterThan(Buffer.byteLength(INSTRUCTION));
      said.add(outcome.text);
    }
    expect(said.size).toBeGreaterThan(3);
  });

  it('refuses a text that is longer than what it was made for, and answers the next', async () => {
    const { ask } = await open();
    await expect(ask(question('ы'.repeat(2000)))).rejects.toMatchObject({ name: 'RefusedQuestion' });
    expect(LABELS).toContain((await ask(question('Жмут'))).label);
  });

  it('tells of a file that is not there, is no model, or cannot read so much', async () => {
    await expect(open({ path: folder.at('none.gguf') })).rejects.toMatchObject({ code: 'data.missing-file' });
    const whole = await readFile(path);
    for (const content of ['a text', whole.subarray(0, whole.length / 2)]) {
      await writeFile(folder.at('broken.gguf'), content);
      await expect(open({ path: folder.at('broken.gguf') })).rejects.toMatchObject({ code: 'llm.bad-model' });
    }
    await expect(open({ longestText: 'x'.repeat(100_000) })).rejects.toMatchObject({ code: 'llm.context' });
  });
});
