/** Files to label, and waiting for them. */
import { readFileSync } from 'node:fs';
import { loadClassifier, predictFile } from '@otzyv/trainer';
import { REVIEWS } from './train-linear.ts';

/** The fixtures' reviews again and again, each with a number so that no two are the same. */
export function manyReviews(rows: number): string {
  const texts = readFileSync(REVIEWS, 'utf8').match(/[а-яё]{4,}/gi) ?? [];
  const lines = Array.from({ length: rows }, (_, i) => {
    const words = Array.from({ length: 3 + (i % 17) }, (_, j) => texts[(i * 7 + j * 13) % texts.length]);
    return `${i},"${words.join(' ')}, ""${i}"""`;
  });
  return ['id,text', ...lines, ''].join('\n');
}

export interface BatchAnswer {
  readonly id: string;
  readonly status: string;
  readonly file: { readonly rows: number; readonly bad_rows: number };
  readonly progress: {
    readonly rows: number;
    readonly share: number;
    readonly counts: Record<string, number>;
  };
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly expires_at: string | null;
}

type Headers = Record<string, string>;

export async function send(url: string, content: string, query = '', headers: Headers = {}) {
  const response = await fetch(`${url}/v1/batches${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', ...headers },
    body: content,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as BatchAnswer };
}

export async function statusOf(url: string, id: string, headers: Headers = {}): Promise<BatchAnswer> {
  return (await fetch(`${url}/v1/batches/${id}`, { headers })).json() as Promise<BatchAnswer>;
}

export async function waitFor(
  url: string,
  id: string,
  isReached: (batch: BatchAnswer) => boolean,
): Promise<BatchAnswer> {
  for (;;) {
    const batch = await statusOf(url, id);
    if (isReached(batch)) return batch;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const finished = (url: string, id: string) =>
  waitFor(url, id, ({ status }) => status === 'done' || status === 'failed');

export async function outputOf(url: string, id: string): Promise<string> {
  return (await fetch(`${url}/v1/batches/${id}/output`)).text();
}

/** As `otzyv predict` writes it. */
export async function predicted(
  model: string,
  {
    input,
    output,
    ...options
  }: Omit<Parameters<typeof predictFile>[1], 'textColumn'> & { textColumn?: string },
): Promise<string> {
  const classifier = await loadClassifier(model);
  await predictFile(classifier, { textColumn: 'text', ...options, input, output });
  await classifier.dispose();
  return readFileSync(output, 'utf8');
}
