/** The tiny model as a file, where the library that runs it is installed. */
import { writeFile } from 'node:fs/promises';
import { tinyGguf } from './tiny-gguf.ts';

/** The tests on llama.cpp are skipped without it: it is an optional dependency. */
export const hasLlama = await import('node-llama-cpp').then(
  () => true,
  () => false,
);
if (!hasLlama) console.warn('node-llama-cpp is not installed: the tests on llama.cpp are skipped');

export async function writeTinyModel(path: string): Promise<string> {
  await writeFile(path, tinyGguf());
  return path;
}
