// The table of measurements in RESULTS.md: one line a row, replaced when it is measured again.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { aimOf } from './measured.js';

const PATH = new URL('RESULTS.md', import.meta.url);
const [BEGIN, END] = ['<!-- rows -->', '<!-- end of rows -->'];

export function writeResults(result) {
  const { row, what, ours, peer, peerName, unit, ratio, n, versions, machine } = result;
  const text = readFileSync(PATH, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  const lines = text
    .slice(begin, end)
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const others = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const line = `| \`${row}\` | ${what} | ${ours} ${unit} | ${peer} ${unit} (${peerName}) | ${ratio} | ${aimOf(result)} | ${n} | ${machine}; ${others.join(', ')} |`;
  const table = [...lines.filter((one) => !one.startsWith(`| \`${row}\` |`)), line].sort();
  const head = '| row | what | ours | peer | ratio | aim | n | where |\n|---|---|---|---|---|---|---|---|';
  writeFileSync(
    new URL('RESULTS.md.tmp', import.meta.url),
    `${text.slice(0, begin)}\n\n${head}\n${table.join('\n')}\n\n${text.slice(end)}`,
  );
  renameSync(new URL('RESULTS.md.tmp', import.meta.url), PATH);
}
