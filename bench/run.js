// Measurements beside a named peer, on this machine, in one run.
//
//   npm run bench -- --list            the rows there are
//   npm run bench -- ROW [ROW …]       measures them; --json prints objects; --write puts them into RESULTS.md
//
// Peers in Python run with PYTHON, or python3; what they need is said when it is not there.
import { parseArgs } from 'node:util';
import { aimOf, measured } from './measured.js';
import { writeResults } from './results.js';
import { engineRows } from './rows/engines.js';
import { linearRows } from './rows/linear.js';
import { memoryRows } from './rows/memory.js';
import { predictionRows } from './rows/prediction.js';
import { shareRows } from './rows/share.js';
import { trainingRows } from './rows/training.js';

const ROWS = [...trainingRows, ...engineRows, ...shareRows, ...memoryRows, ...predictionRows, ...linearRows];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean' }, json: { type: 'boolean' }, write: { type: 'boolean' } },
});
const unknown = positionals.find((name) => !ROWS.some((row) => row.name === name));

if (values.list) {
  for (const row of ROWS) console.log(`${row.name.padEnd(16)} ${row.what} (aim: ${aimOf(row)})`);
} else if (unknown !== undefined || positionals.length === 0) {
  console.error(
    unknown === undefined
      ? 'Name a row; --list shows them.'
      : `There is no row "${unknown}"; --list shows them.`,
  );
  process.exitCode = 2;
} else {
  for (const row of ROWS.filter(({ name }) => positionals.includes(name))) {
    const result = await measured(row);
    if (values.json) console.log(JSON.stringify(result));
    else
      console.log(
        `${result.row}: ${result.ours} ${result.unit} beside ${result.peer} of ${result.peerName}, ratio ${result.ratio} (aim ${aimOf(result)}), n = ${result.n}`,
      );
    if (values.write) writeResults(result);
  }
}
