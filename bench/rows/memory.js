// Peak memory of a process that trains, beside PyTorch's: everything counts, the weights it begins with, the libraries, Node.
// A new process for each measurement, since a peak stays.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPeer } from '../peer.js';
import { configJson, SHAPES } from '../shapes.js';
import { BATCH, LENGTH } from '../training-side.js';

const OURS = fileURLToPath(new URL('../peak-memory.js', import.meta.url));

export const memoryRows = ['tiny2', 'base'].map((shape) => ({
  name: `memory-${shape}`,
  what: `peak memory of a process that trains, rubert-${shape} shape, 16 × 128 tokens`,
  ...{ aim: 2, unit: 'MB', n: 5, warm: 0 },
  start: async () => ({
    peerName: 'PyTorch',
    versions: {},
    ours: async () => Number((await promisify(execFile)(process.execPath, [OURS, shape])).stdout),
    peer: () => peakOfTorch(SHAPES[shape]),
  }),
}));

async function peakOfTorch(config) {
  const threads = String(availableParallelism());
  const peer = await startPeer(
    'torch_training.py',
    'torch transformers',
    JSON.stringify(configJson(config)),
    threads,
  );
  const row = Array.from({ length: LENGTH }, (_, i) => i);
  const rows = Array.from({ length: BATCH }, () => row);
  const mask = rows.map(() => row.map(() => 1));
  const batch = { input_ids: rows, attention_mask: mask, labels: rows.map((_, i) => i % 9) };
  const { peakMegabytes } = await peer.ask({ batches: [batch, batch, batch] });
  peer.close();
  return peakMegabytes;
}
