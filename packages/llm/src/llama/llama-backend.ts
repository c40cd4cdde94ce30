/**
 * A GGUF model in this process, by llama.cpp. The answer is `{"label": …, "confidence": …}` by construction: the label is
 * drawn from the model's probabilities of the labels, the number is generated under a grammar. So every answer is valid,
 * whatever the model.
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createRandom, OtzyvError } from '@otzyv/core';
import { fileError } from '@otzyv/trainer';
import type { ChatWrapper, LlamaContextSequence, LlamaGrammar, LlamaModel, Token } from 'node-llama-cpp';
import { readAnswer } from '../answer.ts';
import { type Answer, type Backend, type Question, RefusedQuestion } from '../backend.ts';
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
    const grammar = await llama.createGrammar({ grammar: CONFIDENCE });
    const answers = new Map(options.labels.map((label) => [label, answerTokens(model, label)]));
    return {
      model: `${basename(path)} (${size} bytes)`,
      concurrency: sequences,
      ask: async (question, signal) => {
        signal?.throwIfAborted();
        const { sequence, release } = await pool.borrow(question.instruction);
        try {
          signal?.throwIfAborted();
          return await answer({ model, wrapper, sequence, grammar, answers }, question);
        } finally {
          release();
        }
      },
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
  const { instructions, longestText, labels, sequences, threads, path } = options;
  const longestOf = (texts: readonly string[], tokensOf: (text: string) => number) =>
    Math.max(...texts.map(tokensOf));
  const prompt = longestOf(instructions, (text) => promptTokens(model, wrapper, text, longestText).length);
  const label = longestOf(labels, (text) => answerTokens(model, text).length);
  const wanted = prompt + label + SPARE_TOKENS;
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
  readonly grammar: LlamaGrammar;
  /** Tokens of each label's answer. */
  readonly answers: ReadonlyMap<string, readonly Token[]>;
}

async function answer(parts: Parts, question: Question): Promise<Answer> {
  const { model, wrapper, sequence } = parts;
  const { instruction, text, labels, seed, temperature } = question;
  const prompt = promptTokens(model, wrapper, instruction, text);
  const answers = labels.map((label) => parts.answers.get(label) ?? answerTokens(model, label));
  if (prompt.length + Math.max(...answers.map(({ length }) => length)) + 16 > sequence.contextSize)
    throw new RefusedQuestion(
      `the text takes more tokens than the context of ${sequence.contextSize} has room for`,
    );

  await keepPrefix(sequence, prompt);
  const cached = sequence.nextTokenIndex;
  const probabilities = await choiceProbabilities(answers, (path, choices) =>
    logitsAfter(sequence, [...prompt, ...(path as Token[])], choices as Token[]),
  );
  const chosen = draw(probabilities, temperature, createRandom(seed, text).uniform());
  const tokens = answers[chosen] as readonly Token[];
  const number = await generateConfidence(parts, [...prompt, ...tokens], question);
  const usage = { prompt: prompt.length, cached, completion: tokens.length + number.length };
  const json = `{"label": ${JSON.stringify(labels[chosen])}, "confidence":${model.detokenize(number)}`;
  return { ...readAnswer(json, labels, usage), probabilities, usage };
}

/** What the answer is, up to the number. Tokenised as a whole: a quotation mark and what follows it may be one token. */
function answerTokens(model: LlamaModel, label: string): Token[] {
  return model.tokenize(`{"label": ${JSON.stringify(label)}, "confidence":`, false, 'trimLeadingSpace');
}

function promptTokens(model: LlamaModel, wrapper: ChatWrapper, instruction: string, text: string): Token[] {
  const { contextText } = wrapper.generateContextState({
    chatHistory: [
      { type: 'system', text: instruction },
      { type: 'user', text: reviewMessage(text) },
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

async function generateConfidence(
  { model, sequence, grammar }: Parts,
  tokens: readonly Token[],
  { seed, temperature }: Question,
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
    generated.push(token);
    if (model.detokenize([token]).includes('}')) break; // the grammar allows nothing after it
  }
  return generated;
}
