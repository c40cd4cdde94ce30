/**
 * A model cut into several safetensors files, with `model.safetensors.index.json` saying which tensor lies in which.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../files.ts';
import { broken, readSafetensors, type Safetensors, type Tensor } from './safetensors.ts';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** @returns the names of the files the index names, sorted, each once */
export function parseShardIndex(
  json: unknown,
  path: string,
): { weightMap: Record<string, string>; shards: string[] } {
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success) throw broken(path, 'has no "weight_map" from tensors to files');
  const weightMap = parsed.data.weight_map;
  const shards = [...new Set(Object.values(weightMap))].sort();
  const outside = shards.find(
    (shard) => shard === '' || shard === '..' || shard !== basename(shard) || shard.includes('\\'),
  );
  if (outside !== undefined) throw broken(path, `names a file outside its own folder: "${outside}"`);
  return { weightMap, shards };
}

/** @throws OtzyvError `model.broken-safetensors` when a shard, or a tensor in one, is missing or broken */
export async function readShardedSafetensors(indexPath: string): Promise<Safetensors> {
  const { weightMap, shards } = parseShardIndex(await readJson(indexPath), indexPath);
  const tensors = new Map<string, Tensor>();
  const skipped: string[] = [];
  let metadata: Record<string, string> = {};
  for (const shard of shards) {
    const path = join(dirname(indexPath), shard);
    if (!existsSync(path))
      throw broken(indexPath, `names ${shard}, which is not there`, `Put ${shard} beside it.`);
    const read = await readSafetensors(path);
    for (const name of Object.keys(weightMap).filter((name) => weightMap[name] === shard)) {
      const tensor = read.tensors.get(name);
      if (tensor) tensors.set(name, tensor);
      else if (read.skipped.includes(name)) skipped.push(name);
      else throw broken(path, `has no tensor "${name}", though ${basename(indexPath)} says so`);
    }
    metadata = { ...metadata, ...read.metadata };
  }
  return { tensors, metadata, skipped };
}
