/**
 * Which texts are answered next. Requests are cut into texts, and a batch takes one text of each client in turn up to a
 * budget of tokens: a client with ten thousand rows makes another wait for a batch, not for the ten thousand. Nothing
 * waits while a worker is idle; while all are busy, what comes in gathers to the next batch.
 */
import { OtzyvError } from '@otzyv/core';
import { TryLater } from '../try-later.ts';

/** How much is taken in, and how much is answered at once. Tokens are estimated from characters. */
export interface QueueLimits {
  /** Accepted and not answered yet. */
  readonly maxTexts: number;
  /** Of the same. */
  readonly maxTokens: number;
  /** Of one batch; a single text may be longer. */
  readonly batchTokens: number;
  /** How long an idle worker waits for a batch to fill; 0: for what arrives together only. */
  readonly maxWaitMs: number;
}

export interface TextsRequest {
  readonly texts: readonly string[];
  /** Whose turn is taken. */
  readonly client: string;
  /** After so long it is given up. */
  readonly timeoutMs: number;
  /** Aborted: nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface QueueOptions<Answer> {
  /** Answers texts, in their order. @throws WorkerLost when it cannot tell whether the texts were at fault */
  readonly run: (texts: readonly string[]) => Promise<readonly Answer[]>;
  /** Batches that run at once. */
  readonly workers: number;
  /** Tokens at which the model cuts texts. */
  readonly maxLength: number;
  readonly limits: QueueLimits;
}

/** Answers, and what they took: both times are means over the texts. */
export interface Answered<Answer> {
  /** One for each text, in their order. */
  readonly answers: Answer[];
  /** Until its batch began. */
  readonly waitedMs: number;
  /** Its whole batch, which answers other requests too. */
  readonly ranMs: number;
}

export interface BatchingQueue<Answer> {
  /**
   * @throws TryLater `system.overloaded`, `system.closing`; OtzyvError `system.too-large`, `system.timeout`, `system.cancelled`
   */
  ask(request: TextsRequest): Promise<Answered<Answer>>;
  /** What was accepted and is not answered yet. */
  load(): { readonly texts: number; readonly tokens: number };
  /** Takes nothing more, and resolves when all that was accepted is answered. */
  close(): Promise<void>;
}

/** A worker ended in the middle of a batch. */
export class WorkerLost extends Error {}

interface Job<Answer> {
  readonly answers: Answer[];
  readonly acceptedAt: number;
  unanswered: number;
  /** Sums over the texts. */
  waitedMs: number;
  ranMs: number;
  isSettled: boolean;
  /** @param fault absent: all is answered */
  settle(fault?: { readonly error: unknown }): void;
}

interface Item<Answer> {
  readonly job: Job<Answer>;
  readonly index: number;
  readonly text: string;
  readonly tokens: number;
}

export function createBatchingQueue<Answer>(options: QueueOptions<Answer>): BatchingQueue<Answer> {
  const { run, workers, maxLength, limits } = options;
  const waiting = new Map<string, Item<Answer>[]>(); // by client, last text first; the client whose turn it is first
  const retries: Item<Answer>[][] = []; // those of one request go together, and with no other: one of them may be the cause
  const load = { texts: 0, tokens: 0 };
  let busy = 0;
  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  let onEmpty: (() => void) | undefined;
  const speed = speedometer();

  const nextItem = (): Item<Answer> | undefined => {
    for (const [client, items] of waiting) {
      waiting.delete(client);
      let item = items.pop();
      while (item?.job.isSettled) item = items.pop();
      if (items.length > 0) waiting.set(client, items); // behind the others
      if (item !== undefined) return item;
    }
    return undefined;
  };

  const nextBatch = (): Item<Answer>[] => {
    const batch: Item<Answer>[] = [];
    for (let tokens = 0; tokens < limits.batchTokens; ) {
      const item = nextItem();
      if (item === undefined) break;
      batch.push(item);
      tokens += item.tokens;
    }
    return batch;
  };

  const pump = () => {
    clearImmediate(soon);
    clearTimeout(later);
    [soon, later] = [undefined, undefined];
    while (busy < workers) {
      const again = retries.shift()?.filter(({ job }) => !job.isSettled);
      if (again?.length === 0) continue;
      const batch = again ?? nextBatch();
      if (batch.length === 0) return;
      void answer(batch, again !== undefined);
    }
  };

  /** A batch that is full, or that nothing comes after, waits no longer. */
  const schedule = () => {
    if (busy >= workers) return;
    const isDue = limits.maxWaitMs === 0 || load.tokens >= limits.batchTokens || onEmpty !== undefined;
    if (isDue) soon ??= setImmediate(pump);
    else later ??= setTimeout(pump, limits.maxWaitMs);
  };

  const answer = async (batch: readonly Item<Answer>[], isRetry: boolean) => {
    busy++;
    const started = performance.now();
    try {
      const answers = await run(batch.map(({ text }) => text));
      const elapsed = performance.now() - started;
      speed.add(sumOf(batch), elapsed);
      batch.forEach(({ job, index }, i) => {
        job.answers[index] = answers[i] as Answer;
        job.waitedMs += started - job.acceptedAt;
        job.ranMs += elapsed;
        if (--job.unanswered === 0) job.settle();
      });
    } catch (error) {
      if (error instanceof WorkerLost && !isRetry) retries.push(...byJob(batch));
      else for (const { job } of batch) job.settle({ error });
    } finally {
      busy--;
      pump();
    }
  };

  const refusal = (texts: number, tokens: number): OtzyvError | undefined => {
    if (onEmpty !== undefined) return new TryLater('system.closing', 'the server is shutting down', 1);
    if (texts > limits.maxTexts || tokens > limits.maxTokens) {
      return new OtzyvError(
        'system.too-large',
        `${texts} texts of about ${tokens} tokens are more than the ${limits.maxTexts} texts and ${limits.maxTokens} tokens that are taken at once`,
        'Send fewer at a time, or all of them as a file to /v1/batches.',
      );
    }
    if (load.texts + texts > limits.maxTexts || load.tokens + tokens > limits.maxTokens)
      return new TryLater(
        'system.overloaded',
        'too many texts are waiting already',
        Math.max(1, Math.ceil(speed.secondsFor(load.tokens))),
      );
    return undefined;
  };

  return {
    ask: ({ texts, client, timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        const tokens = texts.map((text) => estimatedTokens(text, maxLength));
        const all = tokens.reduce((sum, n) => sum + n, 0);
        const refused = signal?.aborted ? cancelled() : refusal(texts.length, all);
        if (refused !== undefined) return reject(refused);
        if (texts.length === 0) return resolve({ answers: [], waitedMs: 0, ranMs: 0 });

        const job: Job<Answer> = {
          answers: new Array<Answer>(texts.length),
          acceptedAt: performance.now(),
          unanswered: texts.length,
          ...{ waitedMs: 0, ranMs: 0 },
          isSettled: false,
          settle: (fault) => {
            if (job.isSettled) return;
            job.isSettled = true;
            clearTimeout(timer);
            signal?.removeEventListener('abort', giveUp);
            load.texts -= texts.length;
            load.tokens -= all;
            const { answers, waitedMs, ranMs } = job;
            const mean = (sum: number) => sum / texts.length;
            if (fault === undefined) resolve({ answers, waitedMs: mean(waitedMs), ranMs: mean(ranMs) });
            else reject(fault.error);
            if (load.texts === 0) onEmpty?.();
          },
        };
        const giveUp = () => job.settle({ error: cancelled() });
        const timer = setTimeout(() => job.settle({ error: tooLate(timeoutMs) }), timeoutMs);
        signal?.addEventListener('abort', giveUp);
        load.texts += texts.length;
        load.tokens += all;
        const items = texts.map((text, index) => ({ job, index, text, tokens: tokens[index] as number }));
        waiting.set(client, [...items.reverse(), ...(waiting.get(client) ?? [])]);
        schedule();
      }),
    load: () => ({ ...load }),
    close: () =>
      new Promise((resolve) => {
        onEmpty = resolve;
        if (load.texts === 0) resolve();
        else schedule();
      }),
  };
}

/** Russian has about three characters a token in the vocabularies of BERTs; two more begin and end a text. */
export function estimatedTokens(text: string, maxLength: number): number {
  return Math.min(maxLength, 2 + Math.ceil(text.length / 3));
}

function byJob<Answer>(batch: readonly Item<Answer>[]): Item<Answer>[][] {
  const jobs = new Map<Job<Answer>, Item<Answer>[]>();
  for (const item of batch) {
    const items = jobs.get(item.job);
    if (items === undefined) jobs.set(item.job, [item]);
    else items.push(item);
  }
  return [...jobs.values()];
}

function sumOf(items: readonly { tokens: number }[]): number {
  return items.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** Tokens a second, of the last batches more than of earlier ones. */
function speedometer() {
  let perMs = 1; // until something is known
  return {
    add: (tokens: number, elapsedMs: number) => {
      perMs = 0.8 * perMs + 0.2 * (tokens / Math.max(0.01, elapsedMs));
    },
    secondsFor: (tokens: number) => tokens / perMs / 1000,
  };
}

function tooLate(timeoutMs: number): OtzyvError {
  return new OtzyvError(
    'system.timeout',
    `no answer within ${timeoutMs / 1000} seconds`,
    'Send fewer texts at a time, or try again when fewer are waiting.',
  );
}

/** The signal's own reason may be anything, even no error. */
function cancelled(): OtzyvError {
  return new OtzyvError('system.cancelled', 'nobody waits for the answer any more', 'Ask again.');
}
