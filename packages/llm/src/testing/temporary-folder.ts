import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  at(...parts: string[]): string;
  remove(): Promise<void>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'otzyv-llm-'));
  return { at: (...parts) => join(folder, ...parts), remove: () => rm(folder, { recursive: true }) };
}
