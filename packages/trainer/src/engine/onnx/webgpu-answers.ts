/** A finished model on the GPU: its weights are moved there once, and every node of its graph runs there. */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { BertConfig } from '../../model/bert-config.ts';
import type { Batch, NamedTensors } from '../engine.ts';
import { type Feeds, feedsOf, shorts, tokenFeeds } from './feeds.ts';
import { withinMemory } from './gpu-memory.ts';
import { copyGraph, inferenceGraph, nameOf } from './graphs.ts';
import { lazySession, webGpuSession } from './session.ts';

/** @param weights by the names and shapes of `bertParameters`, classes included */
export async function webGpuAnswers(config: BertConfig, classes: number, weights: NamedTensors) {
  const shapes = new Map([...weights].map(([name, { shape }]) => [name, shape] as const));
  const uploading = lazySession(
    () => copyGraph(shapes),
    (outputs) => webGpuSession(outputs, []),
  );
  const answering = lazySession(
    () => inferenceGraph(config, { kind: 'classification', classes }, 'webgpu'),
    (outputs) => webGpuSession(outputs),
  );
  const uploaded = await withinMemory(undefined, () => uploading.run(() => feedsOf(weights, (name) => name)));
  const resident: Feeds = Object.fromEntries(
    [...weights.keys()].map((name) => [name, uploaded[nameOf.next(name)] as OrtTensor]),
  );
  return {
    logits: async (batch: Batch): Promise<Float32Array> => {
      const feeds = { ...resident, ...tokenFeeds(batch, shorts) };
      const { logits } = await withinMemory(batch, () => answering.run(() => feeds));
      return logits?.data as Float32Array;
    },
    release: async (): Promise<void> => {
      for (const tensor of Object.values(resident)) tensor.dispose();
      await uploading.release();
      await answering.release();
    },
  };
}
