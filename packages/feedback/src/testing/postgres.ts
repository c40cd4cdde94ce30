/** A PostgreSQL of our own: a cluster in a temporary folder that answers on a socket in it, and on nothing else. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/** Absent where PostgreSQL is not installed. */
const BINARIES = binaries();

/** Why a test cannot be run, if it cannot. */
export const noPostgres =
  BINARIES === undefined ? `no initdb in ${DEBIAN}/*/bin: apt-get install postgresql` : undefined;

export interface Cluster {
  readonly url: string;
  /** As when the machine fails; `start` comes after it. */
  crash(): void;
  start(): void;
  remove(): void;
}

export function startPostgres(): Cluster {
  if (BINARIES === undefined) throw new Error(noPostgres);
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-pg-'));
  const owner = process.getuid?.() === 0 ? debianUser() : undefined; // it refuses to run as root
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const call = (program: string, ...args: string[]) =>
    execFileSync(join(BINARIES, program), args, {
      ...owner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const data = join(folder, 'data');
  const start = () =>
    call(
      ...(['pg_ctl', 'start', '-w', '-D', data, '-l', join(folder, 'log')] as const),
      ...['-o', `-k ${folder} -c listen_addresses= -c fsync=off`],
    );
  const crash = () => call('pg_ctl', 'stop', '-w', '-m', 'immediate', '-D', data);
  call('initdb', '-D', data, '-U', 'otzyv', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
  start();
  return {
    url: `postgres://otzyv@/postgres?host=${folder}`,
    start,
    crash,
    remove: () => {
      crash();
      rmSync(folder, { recursive: true });
    },
  };
}

function binaries(): string | undefined {
  try {
    const versions = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a));
    return versions[0] === undefined ? undefined : join(DEBIAN, versions[0], 'bin');
  } catch {
    return undefined;
  }
}

function debianUser(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
