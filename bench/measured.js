// One row measured: ours and the peer's take turns, so that a machine that slows down slows both.

import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';

const { version: onnxruntime } = createRequire(import.meta.url)('onnxruntime-node/package.json');

/**
 * @param row.aim    the ratio that is aimed at
 * @param row.ownAim in the row's unit, whatever the peer does
 * @param row.warm   runs before those that count
 * @param row.start  makes both sides ready: { ours, peer } measure once each, `close` ends them
 * @returns medians in the row's unit, and their ratio: above 1 is better than the peer
 */
export async function measured(row) {
  const { name, what, aim, ownAim, unit, isRate = false, n = 7, warm = 2, start } = row;
  const { ours, peer, close, peerName, versions } = await start();
  const [mine, theirs] = [[], []];
  try {
    for (let i = 0; i < warm; i++) for (const side of [ours, peer]) await side();
    for (let i = 0; i < n; i++) {
      mine.push(await ours());
      theirs.push(await peer());
    }
  } finally {
    await close?.();
  }
  const [a, b] = [median(mine), median(theirs)];
  return {
    ...{ row: name, what, ours: rounded(a), peer: rounded(b), peerName, unit },
    ...{ ratio: Number((isRate ? a / b : b / a).toFixed(2)), aim, n },
    ...(ownAim !== undefined && { ownAim }),
    versions: { node: process.version, onnxruntime, ...versions },
    machine: `${cpus().length} cores of ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}

/** The ratio aimed at, and where there is one the aim in the row's own unit. */
export function aimOf({ aim, ownAim, unit }) {
  return ownAim === undefined ? String(aim) : `${aim} and ${ownAim} ${unit}`;
}

function median(values) {
  const sorted = values.toSorted((x, y) => x - y);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function rounded(value) {
  return Number(value.toPrecision(3));
}
