/** How commands that only use a model get it: from the cache alone when told so, with progress otherwise. */
import type { FetchOptions } from '@otzyv/trainer';
import { bytes } from './terminal/format.ts';
import type { Progress } from './terminal/progress.ts';

export function fetching(progress: Progress, { offline }: { offline?: boolean }): FetchOptions {
  return {
    ...(offline === true && { offline }),
    onProgress: ({ file, receivedBytes, totalBytes }) =>
      progress.update(
        `downloading ${file}`,
        totalBytes === undefined ? undefined : receivedBytes / totalBytes,
        bytes(receivedBytes),
      ),
  };
}
