// `otzyv inspect` on files that do not fit into memory as texts: rows a second and peak memory, and whether what was
// planted is found. The reviews are made up from pairs of words of real ones, with typing errors, so that the rows are
// nearly all different and new words never end; a hundredth each are copies, contradictions and near copies.
//
//   node bench/inspect.js [ROWS …]       needs: npm run build, and 0.3 GB of disk for a million rows; default 1 and 5 million
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@otzyv/core';
import { reviews } from './texts.js';

const CLI = fileURLToPath(new URL('../apps/cli/bin/otzyv.js', import.meta.url));
const CLASSES = ['одежда', 'обувь', 'посуда', 'электроника', 'бытовая техника', 'текстиль', 'нет товара'];
const PRAISE = ['Отлично!', 'Всё хорошо', 'Спасибо', 'Супер', 'Рекомендую', 'Норм', 'Товар пришёл', 'Ок'];
const TYPING_ERRORS = 0.02;
const JUMPS = 0.2;
const BLOCK = 1000;
/** Rows that hold the 200,000 different texts that near copies are looked for among. */
const NEAR_WITHIN = 206_150;

const sizes = process.argv.slice(2).map(Number);
const followers = await wordPairs();
const starts = [...followers.keys()];
const folder = mkdtempSync(join(tmpdir(), 'otzyv-bench-'));
const results = [];
try {
  for (const rows of sizes.length > 0 ? sizes : [1e6, 5e6]) {
    const file = join(folder, 'reviews.csv');
    const planted = await write(file, rows);
    const { seconds, peakMB, profile } = await inspect(file);
    const found = {
      ...{ repeated: profile.duplicates.texts, surplusRows: profile.duplicates.surplusRows },
      ...{ conflicts: profile.conflicts.texts, nearPairs: profile.nearDuplicates.pairs },
    };
    results.push({ rows, seconds, peakMB, planted, found });
  }
} finally {
  rmSync(folder, { recursive: true });
}

console.log(
  `${cpus().length} cores of ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.version}\n`,
);
console.log(
  '| rows | time | rows/s | peak memory | repeated texts | surplus rows | contradictions | near copies |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const { rows, seconds, peakMB, planted, found } of results) {
  const cells = ['repeated', 'surplusRows', 'conflicts', 'nearPairs'].map(
    (what) => `${found[what]} of ${planted[what]}`,
  );
  console.log(
    `| ${rows} | ${seconds.toFixed(0)} s | ${Math.round(rows / seconds)} | ${peakMB.toFixed(0)} MB | ${cells.join(' | ')} |`,
  );
}
if (results.length > 1) {
  const [small, large] = [results[0], results.at(-1)];
  const perMillion = (large.peakMB - small.peakMB) / ((large.rows - small.rows) / 1e6);
  console.log(`\neach further million rows: ${perMillion.toFixed(0)} MB`);
}
console.log('near copies are looked for among the first 200,000 different texts');

/** @returns by word, the words that follow it in real reviews */
async function wordPairs() {
  const pairs = new Map();
  for (const text of (await reviews()).texts) {
    const words = text.replace(/["\n]/g, '').split(/\s+/);
    for (const [i, word] of words.entries()) {
      const next = words[i + 1];
      if (next !== undefined) pairs.set(word, [...(pairs.get(word) ?? []), next]);
    }
  }
  return pairs;
}

/** The same for the same row, so that a later one can copy it. */
function original(row) {
  const random = createRandom(1, 'review', row);
  const words = [];
  const length = 8 + random.integer(25);
  let word = starts[random.integer(starts.length)];
  while (words.length < length) {
    words.push(random.uniform() < TYPING_ERRORS ? mistyped(word, random) : word);
    // where few words follow, whole texts would be the same by chance
    const known = followers.get(word) ?? [];
    const next = known.length < 3 || random.uniform() < JUMPS ? starts : known;
    word = next[random.integer(next.length)];
  }
  return { text: words.join(' '), label: CLASSES[random.integer(CLASSES.length)] };
}

function mistyped(word, random) {
  const at = random.integer(word.length);
  return (
    word.slice(0, at) + String.fromCharCode(0x430 + random.integer(32)) + word.slice(at + random.integer(2))
  );
}

/** What stands in a row: mostly a text of its own; each row is copied once at most, from the one before. */
function review(row, planted, praised) {
  const kind = row % 100;
  if (kind === 1) {
    const { text, label } = original(row - 1);
    planted.repeated++;
    planted.surplusRows++;
    return { text: `${text.toUpperCase()}!!!`, label };
  }
  if (kind === 3) {
    const { text, label } = original(row - 1);
    planted.repeated++;
    planted.surplusRows++;
    planted.conflicts++;
    return { text, label: CLASSES[(CLASSES.indexOf(label) + 1) % CLASSES.length] };
  }
  if (kind === 5) {
    const { text, label } = original(row - 1);
    if (row < NEAR_WITHIN) planted.nearPairs++;
    return { text: `${text} вот`, label };
  }
  if (kind === 7) {
    const random = createRandom(1, 'praise', row);
    const text = PRAISE[random.integer(PRAISE.length)];
    const label = CLASSES[random.integer(CLASSES.length)];
    praised.set(text, [...(praised.get(text) ?? []), label]);
    return { text, label };
  }
  return original(row);
}

async function write(file, rows) {
  const planted = { repeated: 0, surplusRows: 0, conflicts: 0, nearPairs: 0 };
  const praised = new Map();
  await pipeline(function* () {
    yield 'text,label\n';
    for (let row = 0; row < rows; ) {
      const block = [];
      for (; block.length < BLOCK && row < rows; row++) {
        const { text, label } = review(row, planted, praised);
        block.push(`"${text}",${label}\n`);
      }
      yield block.join('');
    }
  }, createWriteStream(file));
  for (const labels of praised.values()) {
    if (labels.length > 1) planted.repeated++;
    planted.surplusRows += labels.length - 1;
    if (new Set(labels).size > 1) planted.conflicts++;
  }
  return planted;
}

/** In a process of its own, whose peak of memory the system tells. */
async function inspect(file) {
  const script = `
    process.argv = [process.execPath, ${JSON.stringify(CLI)}, 'inspect', ${JSON.stringify(file)}, '--json'];
    process.on('exit', () => process.send(process.resourceUsage().maxRSS / 1000));
    await import(${JSON.stringify(CLI)});`;
  const begun = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let [output, peakMB] = ['', 0];
  child.stdout.setEncoding('utf8').on('data', (part) => {
    output += part;
  });
  child.on('message', (told) => {
    peakMB = told;
  });
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`otzyv inspect ended with ${code}`);
  return { seconds: (performance.now() - begun) / 1000, peakMB, ...JSON.parse(output) };
}
