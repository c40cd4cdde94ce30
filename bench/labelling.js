// The two screens of docs/labelling.md: reviews that come with the repository, labelled in a real terminal with a model's
// suggestions and a second person's labels beside them. One review is skipped, one labelled otherwise than the second person
// has it. Times and pace are those of the script's own keys, so they differ from run to run.
//
//   node bench/labelling.js [DECISIONS=25]     needs: npm run build, tmux
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readReviews, resolveRunOptions, train } from '@otzyv/trainer';

const decisions = Number(process.argv[2] ?? 25);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const MONITOR = here('../apps/tui/bin/otzyv-tui.js');
const SKIPPED = 2;
const DISAGREED = 4;

const root = mkdtempSync(join(tmpdir(), 'otzyv-labelling-'));
const server = `otzyv-labelling-${process.pid}`;
const tmux = (...args) =>
  execFileSync('tmux', ['-L', server, '-f', '/dev/null', '-u', ...args], { encoding: 'utf8' });

try {
  for (const name of ['train.csv', 'test.csv', 'test-labelled.csv'])
    copyFileSync(here(`../test-fixtures/reviews/${name}`), join(root, name));
  const trainFile = join(root, 'train.csv');
  const model = resolveRunOptions({ model: 'linear', trainFile, output: join(root, 'first') });
  await train(model, { listen: () => undefined });
  const theirs = await labelsOf(join(root, 'test-labelled.csv'));
  const classes = [...new Set(theirs)].sort();

  const flags = '--model first --second test-labelled.csv';
  tmux(
    ...['new-session', '-d', '-x', '100', '-y', '24', '-c', root],
    `LC_ALL=C.UTF-8 ${process.execPath} ${MONITOR} label test.csv ${flags}`,
  );
  for (let place = 1; place <= decisions + 1; place++) {
    const screen = await seen(new RegExp(`review ${place} of .* row (\\d+)`));
    const digit = 1 + classes.indexOf(theirs[Number(screen[1]) - 1]);
    if (place === SKIPPED) tmux('send-keys', 's');
    else if (place === DISAGREED) tmux('send-keys', String((digit % classes.length) + 1));
    else tmux('send-keys', String(digit));
  }
  for (const [width, height] of [
    ['100', '24'],
    ['60', '16'],
  ]) {
    tmux('resize-window', '-x', width, '-y', height);
    await sleep(1000); // drawn anew
    await seen(/because/);
    console.log(`${tmux('capture-pane', '-p').trimEnd()}\n`);
  }
} finally {
  spawnSync('tmux', ['-L', server, 'kill-server']);
  await sleep(500); // the program writes as it leaves
  rmSync(root, { recursive: true, force: true, maxRetries: 10 });
}

async function labelsOf(file) {
  const labels = [];
  for await (const { label } of readReviews(file, { textColumn: 'text', labelColumn: 'label' }))
    labels.push(label);
  return labels;
}

/** Waits until the screen shows it. */
async function seen(pattern) {
  for (;;) {
    const found = pattern.exec(tmux('capture-pane', '-p'));
    if (found !== null) return found;
    await sleep(20);
  }
}
