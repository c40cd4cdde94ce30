// The linear model beside scikit-learn: TF-IDF of words 1–2 and characters 2–5, logistic regression with C = 5, from
// texts to weights, from texts to probabilities, and from file to file. Ours stems the words and cleans besides.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLabelEncoder } from '@otzyv/core';
import { predictLinear, readReviews, trainLinear } from '@otzyv/trainer';
import { startPeer } from '../peer.js';
import { REVIEWS_FILE, reviews } from '../texts.js';

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
  {
    ...{
      name: 'linear-cli',
      what: 'otzyv predict of a linear model, the whole process, CSV to CSV, 1,000,000 rows (the same reviews over and over)',
    },
    ...{ aim: 1.5, ownAim: 50_000, unit: 'reviews/s', isRate: true, warm: 0, n: 5 },
    start: () => startProcesses(1_000_000),
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

async function startProcesses(rows) {
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
  const [input, run, model] = ['input.csv', 'run', 'model'].map((name) => join(folder, name));
  await writeTexts(input, rows);
  const otzyv = (...args) => ranFor(process.execPath, OTZYV, ...args);
  const python = (...args) => ranFor(process.env.PYTHON ?? 'python3', PEER, ...args);
  otzyv('train', '--model', 'linear', '--train', REVIEWS_FILE, '--output', run);
  python('train', REVIEWS_FILE, model);
  const version = python('versions').stdout.trim();
  const rate = ({ ms }) => (1000 * rows) / ms;
  return {
    peerName: `scikit-learn ${version}`,
    versions: { 'scikit-learn': version },
    ours: () =>
      rate(otzyv('predict', '--model', run, '--input', input, '--output', join(folder, 'ours.csv'))),
    peer: () => rate(python('predict', model, input, join(folder, 'theirs.csv'))),
    close: () => rmSync(folder, { recursive: true }),
  };
}

const OTZYV = fileURLToPath(new URL('../../apps/cli/bin/otzyv.js', import.meta.url));
const PEER = fileURLToPath(new URL('../peers/linear_cli.py', import.meta.url));

function ranFor(command, ...args) {
  const begun = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  const ms = performance.now() - begun;
  if (status === 0) return { ms, stdout };
  throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
}

/** As people wrote them, over and over. */
async function writeTexts(path, rows) {
  const lines = [];
  for await (const { text } of readReviews(REVIEWS_FILE, { textColumn: 'text', labelColumn: 'label' }))
    lines.push(`"${text.replaceAll('"', '""')}"\n`);
  const file = openSync(path, 'w');
  writeSync(file, 'text\n');
  for (let done = 0; done < rows; done += lines.length) writeSync(file, lines.slice(0, rows - done).join(''));
  closeSync(file);
}
