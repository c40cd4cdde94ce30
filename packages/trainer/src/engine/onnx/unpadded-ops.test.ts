import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { collate } from '../../data/batches.ts';
import { parseBertConfig } from '../../model/bert-config.ts';
import { bertParameters, initialTensor } from '../../model/bert-parameters.ts';
import type { Batch } from '../engine.ts';
import { quantizedGraph, servingGraph, standaloneGraph } from './graphs.ts';

const config = parseBertConfig(
  {
    ...{ model_type: 'bert', vocab_size: 50, hidden_size: 32, num_hidden_layers: 3, num_attention_heads: 4 },
    ...{ intermediate_size: 48, max_position_embeddings: 64, initializer_range: 0.3 },
  },
  'config.json',
);
const weights = new Map(bertParameters(config, 4).map((spec) => [spec.name, initialTensor(spec, config, 3)]));
const texts = [[2, 7, 9, 11, 3], [2, 3], Array.from({ length: 30 }, (_, i) => i + 5), [2, 40, 3]];

async function answers(graph: Uint8Array, batches: readonly Batch[]): Promise<number[]> {
  const session = await InferenceSession.create(graph);
  const rows: number[] = [];
  for (const { batch, time, ...ids } of batches) {
    const tensor = (data: BigInt64Array) => new Tensor('int64', data, [batch, time]);
    const { logits } = await session.run({
      input_ids: tensor(ids.inputIds),
      attention_mask: tensor(ids.attentionMask),
      token_type_ids: tensor(ids.tokenTypeIds),
    });
    rows.push(...(logits!.data as Float32Array));
  }
  await session.release();
  return rows;
}

const padding = { padTokenId: 0, longest: 64 };
const all = [0, 1, 2, 3];
const together = [collate(texts, all, padding)];
const apart = all.map((index) => collate(texts, [index], padding));

test('leaving the padding out changes no answer', async () => {
  const plain = await answers(standaloneGraph(config, weights), together);
  expect(Math.max(...plain) - Math.min(...plain)).toBeGreaterThan(0.1);
  for (const batches of [together, apart]) {
    const own = await answers(servingGraph(config, weights), batches);
    own.forEach((logit, i) => {
      expect(logit).toBeCloseTo(plain[i]!, 5);
    });
  }
});

test('what stands in the padding of a quantised model changes nothing', async () => {
  const [batch] = together as [Batch];
  const inputIds = batch.inputIds.map((id, i) => (batch.attentionMask[i] === 0n ? 33n : id));
  const graph = quantizedGraph(config, weights);
  expect(await answers(graph, [{ ...batch, inputIds }])).toEqual(await answers(graph, [batch]));
});
