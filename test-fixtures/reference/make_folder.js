// Writes goldens/folder: a small classifier's folder as Otzyv writes it, for folder.py to read with Python's
// transformers. Run after npm run build: node test-fixtures/reference/make_folder.js
import { readFileSync } from 'node:fs';
import { writeJson } from '../../packages/trainer/dist/files.js';
import { classifierConfigJson, parseBertConfig } from '../../packages/trainer/dist/model/bert-config.js';
import { bertParameters, initialTensor } from '../../packages/trainer/dist/model/bert-parameters.js';
import { writeSafetensors } from '../../packages/trainer/dist/model/safetensors.js';
import { newTokenizerFiles, writeTokenizerFiles } from '../../packages/trainer/dist/tokenizer/files.js';
import { learnWordPieces } from '../../packages/trainer/dist/tokenizer/wordpiece-learner.js';

const folder = new URL('../goldens/folder/', import.meta.url).pathname;
const reviews = readFileSync(new URL('../reviews/test.csv', import.meta.url), 'utf8').split('\n');
const options = { lowercase: true, stripAccents: false, foldYo: true };
const vocabulary = learnWordPieces(reviews, { size: 500, ...options });
const labels = ['обувь', 'одежда', 'посуда'];
const json = classifierConfigJson(
  {
    vocab_size: vocabulary.length,
    hidden_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 3,
    intermediate_size: 48,
    max_position_embeddings: 64,
    initializer_range: 0.4,
    pad_token_id: 0,
  },
  labels,
);
const config = parseBertConfig(json, 'config.json');
const weights = new Map(
  bertParameters(config, labels.length).map((spec) => [spec.name, initialTensor(spec, config, 11)]),
);
await writeSafetensors(`${folder}model.safetensors`, weights);
await writeJson(`${folder}config.json`, json);
await writeTokenizerFiles(newTokenizerFiles(vocabulary, options), folder, 64);
