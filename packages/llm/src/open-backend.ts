/** The back end that a name stands for: with an address, a model there; without, a GGUF file here or on the hub. */
import type { FetchOptions } from '@otzyv/trainer';
import type { Backend, Work } from './backend.ts';
import { openLlama } from './llama/llama-backend.ts';
import { findModel } from './llama/model-file.ts';
import { openOpenAi } from './openai/openai-backend.ts';

export interface BackendOptions {
  /** A .gguf file, `organisation/name[/file.gguf]` on the hub, or what a model is called at `url`. */
  readonly llm: string;
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  /** Questions at once. Default: 4 over HTTP, one for each vote embedded */
  readonly concurrency?: number | undefined;
  /** Over HTTP, for one answer. Default: two minutes */
  readonly timeoutMs?: number | undefined;
  /** Over HTTP. Default: 512 */
  readonly maxAnswerTokens?: number | undefined;
  readonly threads?: number | undefined;
  readonly device?: 'cpu' | 'gpu' | undefined;
  readonly fetching?: FetchOptions;
}

export async function openBackend(options: BackendOptions, work: Work): Promise<Backend> {
  const { llm, url, key, concurrency, threads, device, fetching } = options;
  if (url === undefined)
    return openLlama({ ...work, path: await findModel(llm, fetching), concurrency, threads, device });
  return openOpenAi({
    ...{ url, model: llm, key },
    concurrency: concurrency ?? 4,
    timeoutMs: options.timeoutMs ?? 120_000,
    maxAnswerTokens: options.maxAnswerTokens ?? 512,
  });
}
