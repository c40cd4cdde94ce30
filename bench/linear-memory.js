// The linear model on many reviews: time and greatest memory of the whole command, `otzyv train --model linear`.
//
//   node bench/linear-memory.js [ROWS]     needs: npm run build; a million rows unless told otherwise
//
// Rows are real reviews, each with one letter of each tenth word replaced at random: as among a million reviews, there
// are always new spellings, where the same reviews over and over would have none.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@otzyv/core';
import { reviews } from './texts.js';

const rows = Number(process.argv[2] ?? 1_000_000);
const { source, texts, labels } = await reviews();
const random = createRandom(1, 'typos');

const LETTERS = 'абвгдежзийклмнопрстуфхцчшщыьэюя';

function misspelt(word) {
  if (word.length < 3 || random.integer(10) > 0) return word;
  const at = random.integer(word.length);
  return word.slice(0, at) + LETTERS[random.integer(LETTERS.length)] + word.slice(at + 1);
}

function* table() {
  yield 'text,label\n';
  for (let i = 0; i < rows; i++) {
    const text = texts[i % texts.length].split(' ').map(misspelt).join(' ');
    yield `"${text.replaceAll('"', '""')}","${labels[i % labels.length]}"\n`;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
try {
  const file = join(folder, 'train.csv');
  await pipeline(table(), createWriteStream(file));
  const begun = performance.now();
  const peak = await peakOf('train', '--model', 'linear', '--train', file, '--output', join(folder, 'run'));
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `${rows} reviews from ${source}: trained in ${Math.round(seconds)} s, at most ${(peak / 2 ** 20).toFixed(2)} GiB; ` +
      `${cpus().length} cores of ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs the CLI. @returns its greatest resident memory, in KiB, as the process tells it when it ends */
function peakOf(...args) {
  const tell = `data:text/javascript,process.on("exit",()=>process.send(process.resourceUsage().maxRSS))`;
  const cli = fileURLToPath(new URL('../apps/cli/bin/otzyv.js', import.meta.url));
  const child = spawn(process.execPath, ['--import', tell, cli, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let peak;
    child.on('message', (message) => {
      peak = message;
    });
    child.on('close', (code) =>
      code === 0 && peak !== undefined ? resolve(peak) : reject(new Error(`otzyv train ended with ${code}`)),
    );
  });
}
