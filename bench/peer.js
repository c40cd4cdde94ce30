// A peer in Python: a process that answers one line of JSON to each line of JSON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * @param script under peers/
 * @param needs  what pip has to install
 */
export async function startPeer(script, needs, ...args) {
  const python = process.env.PYTHON ?? 'python3';
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const child = spawn(python, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let faults = '';
  child.stderr.on('data', (chunk) => {
    faults += chunk;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value);
    throw new Error(
      `${python} ${script} ended: ${faults.trim().split('\n').at(-1)}\nIt needs: ${python} -m pip install ${needs}`,
    );
  };
  child.on('error', () => undefined); // told of by the end of its output
  const versions = await next();
  return {
    versions,
    ask: (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return next();
    },
    close: () => child.stdin.end(),
  };
}
