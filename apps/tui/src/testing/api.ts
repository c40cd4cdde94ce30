/** The real server, as a program: it serves a small model, and shows the runs of a folder. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { OTZYV } from './training.ts';

const OTZYV_API = fileURLToPath(new URL('../../../api/bin/otzyv-api.js', import.meta.url));

export interface Api {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param folder with `small.csv`, and runs in `runs` */
export async function startApi(folder: string): Promise<Api> {
  const train = [OTZYV, 'train', '--train', 'small.csv', '--model', 'linear', '--output', 'served'];
  const { status, stderr } = spawnSync(process.execPath, train, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const args = [OTZYV_API, '--model', 'served', '--runs', 'runs', '--port', '0'];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('error', () => undefined);
  for await (const line of createInterface(child.stdout)) {
    const { msg, url } = JSON.parse(line) as { msg: string; url: string };
    if (msg === 'ready') {
      child.stdout.resume();
      return { url, stop };
    }
  }
  throw new Error('otzyv-api ended before it was ready');
}
