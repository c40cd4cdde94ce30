/**
 * A GGUF model in this process, by llama.cpp. The answer is `{"label": …, "confidence": …}` by construction: the label is
 * drawn from the model's probabilities of the labels, the number is generated under a grammar. So every answer is valid,
 * whatever the model. A review is generated under a grammar, too: it has no letters but Cyrillic and Latin ones.
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createRandom, OtzyvError } from '@otzyv/core';
import { fileError } from '@otzyv/trainer';
import type { ChatWrapper, LlamaContextSequence, LlamaGrammar, LlamaModel, Token } from 'node-llama-cpp';
import { readAnswer, readReview } from '../answer.ts';
import {
  type Answer,
  type Asked,
  type Backend,
  type Question,
  RefusedQuestion,
  UnusableAnswer,
  type Written,
} from '../backend.ts';
import { reviewMessage } from '../prompt.ts';
import { choiceProbabilities } from './choice-probabilities.ts';
import { sequencePool } from './sequence-pool.ts';

export interface LlamaOptions {
  /** Of a .gguf file; of a model in parts, the first. */
  readonly path: string;
  /** What votes ask: a sequence is kept for each. */
  readonly instructions: readonly string[];
  /** The longest that will be asked about: it decides the size of the context. */
  readonly longestText: string;
  readonly labels: readonly string[];
  /** The longest review that is to be written; 0 where none is. */
  readonly writtenTokens: number;
  /** Questions at once; at least one for each instruction. Default: that */
  readonly concurrency?: number | undefined;
  /** Default: the cores that are good at arithmetic */
  readonly threads?: number | undefined;
  /** Default: the best that there is */
  readonly device?: 'cpu' | 'gpu' | undefined;
}

/** Room for an answer and for what a longer text than the longest could need. */
const SPARE_TOKENS = 256;

/** Two digits say all that a model knows of its confidence. */
const CONFIDENCE = 'root ::= " " ("0." [0-9] [0-9]? | "1.0") "}"';

/** What a review is made of, up to the quotation mark that ends it; nothing that JSON would have to escape. */
const REVIEW =
  'root ::= character+ "\\""\ncharacter ::= [ !#-\\[\\]-~\\u0401\\u0410-\\u044F\\u0451«»„“”–—…№₽°×]';

/** The one place that knows the optional dependency. */
async function library() {
  return import('node-llama-cpp').catch((error: unknown) => {
    throw new OtzyvError(
      'llm.not-installed',
      'node-llama-cpp, which runs GGUF models, is not installed',
      'Install it (npm install node-llama-cpp@3), or name an endpoint with --llm-url.',
      { cause: error },
    );
  });
}

/** @throws OtzyvError `data.missing-file`, `llm.not-installed`, `llm.bad-model`, `llm.memory` */
export async function openLlama(options: LlamaOptions): Promise<Backend> {
  const { path, instructions, concurrency = 1, threads, device } = options;
  const { size } = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  const { getLlama, LlamaLogLevel, resolveChatWrapper } = await library();
  const llama = await getLlama({
    gpu: device === 'cpu' ? false : 'auto',
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
  }).catch((error: unknown) => {
    throw new OtzyvError(
      'llm.not-installed',
      `llama.cpp does not run here: ${(error as Error).message}`,
      'Install node-llama-cpp anew without --omit=optional, or name an endpoint with --llm-url.',
      { cause: error },
    );
  });
  try {
    const model = await llama.loadModel({ modelPath: path }).catch((error: unknown) => {
      throw new OtzyvError(
        'llm.bad-model',
        `${path} cannot be loaded: ${(error as Error).message}`,
        'It must be a GGUF file of a chat model, whole, and fit into memory.',
        { cause: error },
      );
    });
    const wrapper = resolveChatWrapper(model);
    const distinct = [...new Set(instructions)];
    const sequences = Math.max(concurrency, distinct.length);
    const context = await openContext(model, wrapper, {
      ...options,
      sequences,
      threads: threads ?? llama.cpuMathCores,
    });
    const pool = sequencePool(
      Array.from({ length: sequences }, () => context.getSequence()),
      distinct,
    );
    const confidence = await llama.createGrammar({ grammar: CONFIDENCE });
    const review = await llama.createGrammar({ grammar: REVIEW });
    const answers = new Map(options.labels.map((label) => [label, answerTokens(model, label)]));
    const withSequence = async <T>(
      { instruction }: Asked,
      signal: AbortSignal | undefined,
      work: (parts: Parts) => Promise<T>,
    ): Promise<T> => {
      signal?.throwIfAborted();
      const { sequence, release } = await pool.borrow(instruction);
      try {
        signal?.throwIfAborted();
        return await work({ model, wrapper, sequence });
      } finally {
        release();
      }
    };
    return {
      model: `${basename(path)} (${size} bytes)`,
      concurrency: sequences,
      ask: (question, signal) =>
        withSequence(question, signal, (parts) => answer(parts, question, confidence, answers)),
      write: (asked, signal) =>
        withSequence(asked, signal, (parts) =>
          write(parts, asked, { grammar: review, maxTokens: options.writtenTokens, signal }),
        ),
      close: () => llama.dispose(),
    };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

/** As large as the longest question, so that sequences cost no more memory than they need. */
async function openContext(
  model: LlamaModel,
  wrapper: ChatWrapper,
  options: LlamaOptions & { readonly sequences: number; readonly threads: number },
) {
  const { instructions, longestText, labels, writtenTokens, sequences, threads, path } = options;
  const longestOf = (texts: readonly string[], tokensOf: (text: string) => number) =>
    Math.max(...texts.map(tokensOf));
  const prompt = longestOf(
    instructions,
    (text) => promptTokens(model, wrapper, text, reviewMessage(longestText)).length,
  );
  const label = longestOf(labels, (text) => answerTokens(model, text).length);
  const wanted = prompt + Math.max(label, writtenTokens) + SPARE_TOKENS;
  if (wanted > model.trainContextSize) {
    throw new OtzyvError(
      'llm.context',
      `the prompt with the longest text takes ${wanted} tokens; ${path} can read ${model.trainContextSize}`,
      'Shorten the prompt, cut long texts with --max-text-length, or take another model.',
    );
  }
  return model.createContext({ sequences, contextSize: wanted, threads }).catch((error: unknown) => {
    throw new OtzyvError(
      'llm.memory',
      `no room for ${sequences} × ${wanted} tokens of context: ${(error as Error).message}`,
      'Take a smaller model, fewer --votes, or a shorter prompt.',
      { cause: error },
    );
  });
}

interface Parts {
  readonly model: LlamaModel;
  readonly wrapper: ChatWrapper;
  readonly sequence: LlamaContextSequence;
}

/** @param known tokens of each label's answer */
async function answer(
  parts: Parts,
  question: Question,
  grammar: LlamaGrammar,
  known: ReadonlyMap<string, readonly Token[]>,
): Promise<Answer> {
  const { model, wrapper, sequence } = parts;
  const { instruction, text, labels, seed, temperature } = question;
  const prompt = promptTokens(model, wrapper, instruction, reviewMessage(text));
  const answers = labels.map((label) => known.get(label) ?? answerTokens(model, label));
  refuseWithoutRoom(sequence, prompt.length + Math.max(...answers.map(({ length }) => length)) + 16);
  await keepPrefix(sequence, prompt);
  const cached = sequence.nextTokenIndex;
  const probabilities = await choiceProbabilities(answers, (path, choices) =>
    logitsAfter(sequence, [...prompt, ...(path as Token[])], choices as Token[]),
  );
  const chosen = draw(probabilities, temperature, createRandom(seed, text).uniform());
  const tokens = answers[chosen] as readonly Token[];
  const number = await generate(parts, [...prompt, ...tokens], question, { grammar, end: '}' });
  const usage = { prompt: prompt.length, cached, completion: tokens.length + number.length };
  const json = `{"label": ${JSON.stringify(labels[chosen])}, "confidence":${model.detokenize(number)}`;
  return { ...readAnswer(json, labels, usage), probabilities, usage };
}

/** A review that does not end in time could not be used: it is asked for again, with another seed. */
async function write(
  parts: Parts,
  asked: Asked,
  limits: {
    readonly grammar: LlamaGrammar;
    readonly maxTokens: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Written> {
  const { model, wrapper, sequence } = parts;
  const prompt = promptTokens(model, wrapper, asked.instruction, asked.text);
  const opening = model.tokenize('{"review": "', false, 'trimLeadingSpace');
  refuseWithoutRoom(sequence, prompt.length + opening.length + limits.maxTokens);
  await keepPrefix(sequence, prompt);
  const cached = sequence.nextTokenIndex;
  const generated = await generate(parts, [...prompt, ...opening], asked, { ...limits, end: '"' });
  const usage = { prompt: prompt.length, cached, completion: opening.length + generated.length };
  const said = model.detokenize(generated);
  if (!said.includes('"'))
    throw new UnusableAnswer(said, 'the answer was cut at the limit of its length', usage);
  return { text: readReview(`{"review": "${said.slice(0, said.indexOf('"'))}"}`, usage), usage };
}

function refuseWithoutRoom({ contextSize }: LlamaContextSequence, tokens: number): void {
  if (tokens <= contextSize) return;
  throw new RefusedQuestion(`the text takes more tokens than the context of ${contextSize} has room for`);
}

/** What the answer is, up to the number. Tokenised as a whole: a quotation mark and what follows it may be one token. */
function answerTokens(model: LlamaModel, label: string): Token[] {
  return model.tokenize(`{"label": ${JSON.stringify(label)}, "confidence":`, false, 'trimLeadingSpace');
}

function promptTokens(
  model: LlamaModel,
  wrapper: ChatWrapper,
  instruction: string,
  message: string,
): Token[] {
  const { contextText } = wrapper.generateContextState({
    chatHistory: [
      { type: 'system', text: instruction },
      { type: 'user', text: message },
      { type: 'model', response: [''] },
    ],
  });
  return contextText.tokenize(model.tokenizer);
}

/** Of what the sequence has evaluated, keeps what the tokens begin with. The last is left to be evaluated, for its logits. */
function keepPrefix(sequence: LlamaContextSequence, tokens: readonly Token[]): Promise<void> {
  return sequence.adaptStateToTokens(tokens.slice(0, -1), false);
}

/** @returns logits [choices] */
async function logitsAfter(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  choices: readonly Token[],
): Promise<number[]> {
  await keepPrefix(sequence, tokens);
  const rest = tokens.slice(sequence.nextTokenIndex);
  const last = rest.pop() as Token; // keepPrefix leaves it
  const results = await sequence.controlledEvaluate([
    ...rest,
    [last, { generateNext: { logits: { filter: { tokens: choices } } } }],
  ]);
  const logits = results.at(-1)?.next.logits;
  return choices.map((token) => logits?.get(token) ?? Number.NEGATIVE_INFINITY);
}

/** @param uniform in [0, 1) */
function draw(probabilities: readonly number[], temperature: number, uniform: number): number {
  if (temperature === 0) return probabilities.indexOf(Math.max(...probabilities));
  const weights = probabilities.map((p) => p ** (1 / temperature));
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  const drawn = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return drawn === -1 ? probabilities.indexOf(Math.max(...probabilities)) : drawn;
}

/** @param end what the grammar allows nothing after */
async function generate(
  { model, sequence }: Parts,
  tokens: readonly Token[],
  { seed, temperature }: Asked,
  {
    grammar,
    end,
    maxTokens = Number.POSITIVE_INFINITY,
    signal,
  }: {
    readonly grammar: LlamaGrammar;
    readonly end: string;
    readonly maxTokens?: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Token[]> {
  const { LlamaGrammarEvaluationState } = await library();
  await keepPrefix(sequence, tokens);
  const generated: Token[] = [];
  const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar });
  for await (const token of sequence.evaluate(tokens.slice(sequence.nextTokenIndex), {
    grammarEvaluationState,
    temperature,
    seed,
  })) {
    signal?.throwIfAborted();
    generated.push(token);
    if (generated.length >= maxTokens || model.detokenize([token]).includes(end)) break;
  }
  return generated;
}
