/**
 * Going on with work that was begun before: with the options it was begun with, but for those on which no result hangs,
 * and with the same data, wherever it is called from.
 */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import type { DeviceRequest, EngineRequest } from '../engine/choose.ts';
import type { RunOptions } from './options.ts';

/** Fingerprints of the files that something was made from, by their paths. */
export type DataFingerprints = Record<string, { sha256: string }>;

/** What is noted down where work begins. */
export interface Beginning<Options> {
  readonly options: Options;
  readonly data: DataFingerprints;
  /** the folder that paths are relative to; earlier versions do not tell */
  readonly startedIn?: string | undefined;
}

/** Options that name something in the file system. */
const PATHS = ['trainFile', 'validationFile', 'exclude', 'model'] as const;

type WithPaths = { readonly [Name in (typeof PATHS)[number]]?: string | undefined };

/** @returns what a path that was given where the work was begun is called here; it may not be there any more */
export function calledHere({ startedIn }: Pick<Beginning<unknown>, 'startedIn'>, path: string): string {
  if (startedIn === undefined || startedIn === process.cwd()) return path;
  const there = resolve(startedIn, path);
  return existsSync(there) ? relative(process.cwd(), there) : path;
}

/** The options of the beginning with its paths as they are called here. */
export function optionsFromHere<Options extends WithPaths>(beginning: Beginning<Options>): Options {
  const paths = PATHS.flatMap((name) => {
    const path = beginning.options[name];
    return path === undefined ? [] : [[name, calledHere(beginning, path)]];
  });
  return { ...beginning.options, ...Object.fromEntries(paths) };
}

/**
 * @param work `the run in runs/a`
 * @throws OtzyvError `data.missing-file`, `run.data-changed`
 */
export async function checkSameData(work: string, beginning: Beginning<unknown>): Promise<void> {
  for (const [name, { sha256 }] of Object.entries(beginning.data)) {
    const path = calledHere(beginning, name);
    if (!existsSync(path)) {
      throw new OtzyvError(
        'data.missing-file',
        `${work} was begun with ${resolve(beginning.startedIn ?? '', name)}, which is not there any more`,
        'Put the file back there (its content is checked), or begin anew with the file where it is now.',
      );
    }
    if ((await fingerprintFile(path)).sha256 !== sha256) {
      throw new OtzyvError(
        'run.data-changed',
        `${path} is not the file that ${work} was begun with`,
        'Put the old file back, or begin anew.',
      );
    }
  }
}

/** What may be another when work is gone on with; a folder may be named in several ways, and moved. */
const FREE = ['output', 'engine', 'device', 'threads', 'saveSteps', 'saveTotalLimit'];

/**
 * @param work `the run in runs/a`
 * @throws OtzyvError `run.other-options`
 */
export function checkSameOptions(work: string, saved: object, asked: object): void {
  const [before, now] = [{ ...saved }, { ...asked }] as Record<string, unknown>[] as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const other = Object.keys({ ...before, ...now })
    .filter((name) => !FREE.includes(name))
    .find((name) => !isSame(name, before[name], now[name]));
  if (other === undefined) return;
  throw new OtzyvError(
    'run.other-options',
    `${work} was begun with ${other} ${JSON.stringify(before[other])}, not ${JSON.stringify(now[other])}`,
    'Give the options it was begun with, or choose another --output.',
  );
}

function isSame(name: string, saved: unknown, given: unknown): boolean {
  const isPath = (PATHS as readonly string[]).includes(name);
  if (isPath && typeof saved === 'string' && typeof given === 'string')
    return resolve(saved) === resolve(given);
  return isDeepStrictEqual(saved, given);
}

/** What work is computed with, and how often it is saved: of a step's result nothing hangs on it. A checkpoint of one engine is a checkpoint of all. */
export interface Computing {
  engine?: EngineRequest | undefined;
  device?: DeviceRequest | undefined;
  threads?: number | undefined;
  saveSteps?: number | undefined;
  saveTotalLimit?: number | undefined;
}

/** The device was chosen for the engine that the work was begun with; another engine chooses again. */
export function goneOnWith(
  saved: Pick<RunOptions, 'engine' | 'device' | 'threads'>,
  { engine = 'auto', device = 'auto', threads = saved.threads, saveSteps, saveTotalLimit }: Computing,
): Pick<RunOptions, 'engine' | 'device' | 'threads'> &
  Partial<Pick<RunOptions, 'saveSteps' | 'saveTotalLimit'>> {
  const isOther = engine !== 'auto' && engine !== saved.engine;
  return {
    engine: engine === 'auto' ? saved.engine : engine,
    device: device !== 'auto' || isOther ? device : saved.device,
    ...(threads !== undefined && { threads }),
    ...(saveSteps !== undefined && { saveSteps }),
    ...(saveTotalLimit !== undefined && { saveTotalLimit }),
  };
}
