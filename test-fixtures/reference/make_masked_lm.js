// Writes goldens/masked-lm: a small masked language model's folder as Otzyv writes it, for masked_lm.py to train with
// Python's transformers. Run after npm run build: node test-fixtures/reference/make_masked_lm.js
import { readFileSync } from 'node:fs';
import { createRandom } from '../../packages/core/dist/index.js';
import { writeJson } from '../../packages/trainer/dist/files.js';
import { maskedLmConfigJson, parseBertConfig } from '../../packages/trainer/dist/model/bert-config.js';
import { maskedLmParameters } from '../../packages/trainer/dist/model/masked-lm.js';
import { writeSafetensors } from '../../packages/trainer/dist/model/safetensors.js';
import { newTokenizerFiles, writeTokenizerFiles } from '../../packages/trainer/dist/tokenizer/files.js';
import { learnWordPieces } from '../../packages/trainer/dist/tokenizer/wordpiece-learner.js';

const folder = new URL('../goldens/masked-lm/', import.meta.url).pathname;
const reviews = readFileSync(new URL('../reviews/test.csv', import.meta.url), 'utf8').split('\n');
const options = { lowercase: true, stripAccents: false, foldYo: true };
const vocabulary = learnWordPieces(reviews, { size: 300, ...options });
const json = maskedLmConfigJson({
  vocab_size: vocabulary.length,
  hidden_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  intermediate_size: 48,
  max_position_embeddings: 64,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  pad_token_id: 0,
});
// biases and LayerNorm too, so that nothing is trivially 0 or 1
const weights = new Map(
  maskedLmParameters(parseBertConfig(json, 'config.json')).map(({ name, shape, initial }) => {
    const random = createRandom(5, name);
    const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
    return [name, { shape, data: data.map(() => random.normal() * 0.1 + (initial === 'ones' ? 1 : 0)) }];
  }),
);
await writeSafetensors(`${folder}model.safetensors`, weights);
await writeJson(`${folder}config.json`, json);
await writeTokenizerFiles(newTokenizerFiles(vocabulary, options), folder, 64);
