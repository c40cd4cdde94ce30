/**
 * Which files of a repository make a model that Otzyv reads, and which of them a folder lacks.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { readJson } from '../files.ts';
import { parseShardIndex } from '../model/safetensors-shards.ts';
import { WEIGHTS_FILES } from '../model/weights-file.ts';
import { sizeOf } from './download.ts';

export const SHARD_INDEX = 'model.safetensors.index.json';
const CARD = 'otzyv.json';
const LINEAR = 'linear.json';

const SMALL_FILES = [
  'config.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'tokenizer.json',
  CARD,
];

/**
 * @param files names in the repository; only those we know by name are ever taken from it
 * @returns what to download, the weights last; the shards of a sharded model are named in its index
 * @throws OtzyvError `hub.no-weights`
 */
export function wantedFiles(files: readonly string[], id: string): string[] {
  const weights = [...WEIGHTS_FILES, LINEAR].find((name) => files.includes(name));
  if (weights === undefined) {
    const found = files.filter((name) => !/^(\.gitattributes|README.*)$/.test(name)).slice(0, 12);
    throw new OtzyvError(
      'hub.no-weights',
      `${id} has no weights that Otzyv reads (found: ${found.join(', ') || 'nothing'})`,
      `Choose a repository with one of ${WEIGHTS_FILES.join(', ')}.`,
    );
  }
  return [...SMALL_FILES.filter((name) => files.includes(name)), weights];
}

/** @returns the first file without which the folder is no model */
export async function missingFile(folder: string): Promise<string | undefined> {
  const has = async (name: string) => (await sizeOf(join(folder, name))) !== undefined;
  if (await has(LINEAR)) return (await has(CARD)) ? undefined : CARD;
  if (!(await has('config.json'))) return 'config.json';
  if (!(await has('tokenizer.json')) && !(await has('vocab.txt'))) return 'tokenizer.json';
  for (const name of WEIGHTS_FILES) {
    if (!(await has(name))) continue;
    if (name !== SHARD_INDEX) return undefined;
    const index = join(folder, name);
    for (const shard of parseShardIndex(await readJson(index), index).shards) {
      if (!(await has(shard))) return shard;
    }
    return undefined;
  }
  return WEIGHTS_FILES[0];
}
