/**
 * What a language model is asked, for a label or for a new review, and how it may fail. Two back ends keep to it: one
 * embedded, one behind HTTP. A back end tries once; patience is the caller's.
 */

/** What every question has. */
export interface Asked {
  /** The same for all texts: it comes first, so that its evaluation is shared. */
  readonly instruction: string;
  readonly text: string;
  readonly seed: number;
  /** 0: the likeliest answer. */
  readonly temperature: number;
  /** An answer to the same question that could not be used, and why. */
  readonly unusable?: { readonly answer: string; readonly fault: string };
}

/** One vote on one review. */
export interface Question extends Asked {
  /** In the order of the categories file, whatever the order in the instruction. */
  readonly labels: readonly string[];
}

/** A label of the question's, always. */
export interface Answer {
  readonly label: string;
  /** What the model claims, 0 … 1. */
  readonly confidence: number;
  /** By its own tokens [labels], summing to one; undefined where the server does not tell. */
  readonly probabilities: readonly number[] | undefined;
  readonly usage: Usage;
}

/** A review that the model made up. */
export interface Written {
  readonly text: string;
  readonly usage: Usage;
}

/** In tokens. */
export interface Usage {
  readonly prompt: number;
  /** of the prompt, what had been evaluated before */
  readonly cached: number;
  readonly completion: number;
}

export const NO_USAGE: Usage = { prompt: 0, cached: 0, completion: 0 };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    prompt: a.prompt + b.prompt,
    cached: a.cached + b.cached,
    completion: a.completion + b.completion,
  };
}

/** What a back end has to know before it opens. */
export interface Work {
  readonly instructions: readonly string[];
  readonly longestText: string;
  readonly labels: readonly string[];
  /** The longest review that is to be written, in tokens; 0 where none is. */
  readonly writtenTokens: number;
}

export interface Backend {
  /** What answers are remembered under. */
  readonly model: string;
  /** Questions it works on at once. */
  readonly concurrency: number;
  /**
   * @throws UnusableAnswer, PassingFault or RefusedQuestion; OtzyvError `llm.*` where no question would be answered;
   * the signal's reason when aborted
   */
  ask(question: Question, signal?: AbortSignal): Promise<Answer>;
  /**
   * A review such as the text describes.
   * @throws what `ask` throws
   */
  write(asked: Asked, signal?: AbortSignal): Promise<Written>;
  close(): Promise<void>;
}

/** It answered, and not what was asked for: to be asked again. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
  readonly answer: string;
  readonly usage: Usage;

  /** @param fault such as `"обувь!" is none of the labels` */
  constructor(answer: string, fault: string, usage: Usage = NO_USAGE) {
    super(fault);
    this.answer = answer;
    this.usage = usage;
  }
}

/** It may be over in a moment: the server is busy, the connection broke. */
export class PassingFault extends Error {
  override readonly name = 'PassingFault';
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** This text will not be answered, however often it is asked. */
export class RefusedQuestion extends Error {
  override readonly name = 'RefusedQuestion';
}
