/** A small BERT with random weights, for tests that need one to begin from. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { classifierConfigJson, parseBertConfig } from '../model/bert-config.ts';
import { bertParameters, initialTensor } from '../model/bert-parameters.ts';
import { type Tensor, writeSafetensors } from '../model/safetensors.ts';

const FIXTURES = fileURLToPath(new URL('../../../../test-fixtures/', import.meta.url));

/** An encoder of two layers, as an old repository has it: an encoder saved alone, LayerNorm's parameters by their old names, only vocab.txt. */
export async function writeTinyBert(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  const vocabulary = readFileSync(join(FIXTURES, 'goldens/tokenizer/vocab.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  const json = {
    ...{ model_type: 'bert', architectures: ['BertModel'], vocab_size: vocabulary.length, hidden_size: 32 },
    ...{
      num_hidden_layers: 2,
      num_attention_heads: 4,
      intermediate_size: 64,
      max_position_embeddings: 64,
      initializer_range: 0.1,
    },
  };
  await writeFile(join(path, 'config.json'), JSON.stringify(json));
  await writeFile(join(path, 'vocab.txt'), `${vocabulary.join('\n')}\n`);
  await writeFile(join(path, 'tokenizer_config.json'), '{"do_lower_case": false}');
  const config = parseBertConfig(json, 'config.json');
  const tensors = new Map<string, Tensor>();
  for (const spec of bertParameters(config, 2)) {
    if (!spec.name.startsWith('bert.')) continue;
    const name = spec.name
      .slice(5)
      .replace('LayerNorm.weight', 'LayerNorm.gamma')
      .replace('LayerNorm.bias', 'LayerNorm.beta');
    tensors.set(name, initialTensor(spec, config, 7));
  }
  await writeSafetensors(join(path, 'model.safetensors'), tensors);
}

/** The same with a classification head, as transformers saves one. */
export async function writeTinyClassifier(path: string, labels: readonly string[]): Promise<void> {
  await writeTinyBert(path);
  const configPath = join(path, 'config.json');
  const json = classifierConfigJson(JSON.parse(readFileSync(configPath, 'utf8')), labels);
  await writeFile(configPath, JSON.stringify(json));
  const config = parseBertConfig(json, configPath);
  const specs = bertParameters(config, labels.length);
  const weights = new Map(specs.map((spec) => [spec.name, initialTensor(spec, config, 7)]));
  await writeSafetensors(join(path, 'model.safetensors'), weights);
}
