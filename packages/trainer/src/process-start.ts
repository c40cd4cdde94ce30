/**
 * Whether a process that was noted down is still that process: a later one may have got its number, so the time it began
 * is compared, in whatever way the system tells.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

export interface ProcessNote {
  readonly pid: number;
  readonly host: string;
  /** when it began; '' where the system does not tell */
  readonly processStart: string;
}

export async function noteOfThisProcess(): Promise<ProcessNote> {
  return { pid: process.pid, host: hostname(), processStart: (await startOf(process.pid)) ?? '' };
}

/** Of a process on another machine nothing is known, so it counts as alive. */
export async function isGone({ pid, host, processStart }: ProcessNote): Promise<boolean> {
  if (host !== hostname()) return false;
  const start = pid === 0 ? undefined : await startOf(pid);
  return start === undefined || (start !== '' && processStart !== '' && start !== processStart);
}

/** @returns when a process began; undefined where it has ended, '' where the system does not tell */
async function startOf(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'win32') return '';
  if (existsSync('/proc/self/stat')) return startOnLinux(pid);
  return promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ticks since the machine was started, which has an id too. A killed process that nobody has waited for is gone as well. */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[18]}`;
  } catch {
    return isAlive(pid) ? '' : undefined; // others' processes may be hidden
  }
}
