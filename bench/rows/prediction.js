// Answering real reviews beside the pipelines that people use, texts to labels, 32 at a time.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel, loadClassifier } from '@otzyv/trainer';
import { quantizedAnyhow, writeModel } from '../model-folder.js';
import { startPeer } from '../peer.js';
import { SHAPES } from '../shapes.js';
import { reviews } from '../texts.js';

export const predictionRows = ['tiny2', 'base'].flatMap((shape) => {
  const count = shape === 'tiny2' ? 512 : 256;
  const row = { what: `prediction of real reviews, rubert-${shape} shape`, unit: 'texts/s', isRate: true };
  const common = { ...row, aim: 2, n: 5 };
  return [
    {
      ...{ name: `predict-${shape}-js`, ...common },
      start: () => startBeside(shape, count, transformersJs),
    },
    {
      ...{ name: `predict-${shape}-py`, ...common },
      start: () => startBeside(shape, count, pytorch),
    },
    {
      ...{ name: `predict-${shape}-int8`, ...common, aim: 2.2 },
      what: `${row.what}: int8 beside float32, ordered by length, so that the peer pads as little`,
      start: () => startBeside(shape, count, pytorch, { dtype: 'int8', isOrdered: true }),
    },
  ];
});

async function startBeside(shape, count, startOther, { dtype = 'float32', isOrdered = false } = {}) {
  const { texts: asTheyCome } = await reviews(count);
  const texts = isOrdered ? asTheyCome.toSorted((a, b) => b.length - a.length) : asTheyCome;
  const root = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
  const [source, folder] = [join(root, 'source'), join(root, 'model')];
  await writeModel(source, SHAPES[shape]);
  await exportModel(source, folder, dtype === 'int8' ? await quantizedAnyhow(root) : {});
  const classifier = await loadClassifier(folder, { dtype });
  const other = await startOther(root, texts);
  return {
    ...other,
    ours: async () => {
      const begun = performance.now();
      await classifier.predict(texts);
      return (1000 * texts.length) / (performance.now() - begun);
    },
    close: async () => {
      await classifier.dispose();
      await other.close();
      rmSync(root, { recursive: true });
    },
  };
}

async function transformersJs(root, texts) {
  const { env, pipeline } = await import('@xenova/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = `${root}/`;
  const classify = await pipeline('text-classification', 'model', { dtype: 'fp32' });
  return {
    peerName: `transformers.js ${env.version}`,
    versions: {},
    peer: async () => {
      const begun = performance.now();
      for (let i = 0; i < texts.length; i += 32) await classify(texts.slice(i, i + 32));
      return (1000 * texts.length) / (performance.now() - begun);
    },
    close: () => classify.dispose(),
  };
}

async function pytorch(root, texts) {
  const peer = await startPeer(
    'torch_pipeline.py',
    'torch transformers',
    join(root, 'model'),
    String(availableParallelism()),
  );
  return {
    peerName: `PyTorch ${peer.versions.torch}`,
    versions: peer.versions,
    peer: async () => (1000 * texts.length) / (await peer.ask({ texts })).ms,
    close: peer.close,
  };
}
