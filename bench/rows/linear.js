// The linear model beside scikit-learn: TF-IDF of words 1–2 and characters 2–5, logistic regression with C = 5, from
// texts to weights and from texts to probabilities. Ours stems the words besides.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLabelEncoder } from '@otzyv/core';
import { predictLinear, trainLinear } from '@otzyv/trainer';
import { startPeer } from '../peer.js';
import { reviews } from '../texts.js';

export const linearRows = [
  {
    ...{ name: 'linear-train', what: 'linear model, training on 5,820 reviews', aim: 1.5, unit: 'ms', n: 5 },
    start: () => startBeside('train'),
  },
  {
    ...{
      name: 'linear-predict',
      what: 'linear model, prediction of 5,820 reviews',
      aim: 1.5,
      unit: 'ms',
      n: 5,
    },
    start: () => startBeside('predict'),
  },
];

async function startBeside(what) {
  const { texts, labels } = await reviews(5820);
  const { classes, encode } = createLabelEncoder(labels);
  const labelIds = labels.map((label) => encode(label));
  const train = () => trainLinear(texts, labelIds, { classes: classes.length, classWeights: 'balanced' });
  const { model } = await train();

  const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
  writeFileSync(join(folder, 'task.json'), JSON.stringify({ texts, labels }));
  const peer = await startPeer('linear_speed.py', 'scikit-learn', join(folder, 'task.json'));
  await peer.ask({ do: 'train' });
  return {
    peerName: `scikit-learn ${peer.versions['scikit-learn']}`,
    versions: peer.versions,
    ours: async () => {
      const begun = performance.now();
      if (what === 'train') await train();
      // a vocabulary remembers the words it has seen: a new one has to learn them, as a new process would
      else predictLinear({ ...model, vocabulary: { ...model.vocabulary } }, texts);
      return performance.now() - begun;
    },
    peer: async () => (await peer.ask({ do: what })).ms,
    close: () => {
      peer.close();
      rmSync(folder, { recursive: true });
    },
  };
}
