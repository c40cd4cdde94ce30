/** Runs in folders of this machine. */
import { resolve } from 'node:path';
import { OtzyvError, quotedForShell } from '@otzyv/core';
import { shareDone, timeLeftMs } from '@otzyv/trainer/run-state';
import {
  type FoundRun,
  findRuns,
  followRun,
  openRunCatalogue,
  type RunOverview,
  sendCommand,
} from '@otzyv/trainer/runs';
import type { RunNews, RunSource, RunSummary } from './run-source.ts';

/** @param folders each a run, or runs at any depth that Otzyv makes; need not be there yet */
export function fileRuns(folders: readonly string[]): RunSource {
  const catalogues = folders.map((folder) => ({ folder, catalogue: openRunCatalogue(folder) }));
  const losses = new Map<string, readonly number[]>();
  const folderOf = new Map<string, string>();

  /** Of several folders, the folder is a part of the name. */
  const named = <T extends FoundRun>(root: string, run: T): T => {
    const id = folders.length === 1 ? run.id : isSame(root, run.folder) ? root : `${root}:${run.id}`;
    folderOf.set(id, run.folder);
    return { ...run, id };
  };

  const find = async (id: string): Promise<string> => {
    for (const root of folders) for (const run of await findRuns(root)) named(root, run);
    const folder = folderOf.get(id);
    if (folder !== undefined) return folder;
    throw new OtzyvError(
      'run.unknown',
      `there is no run "${id}" in ${folders.join(', ')}`,
      'It may have been removed.',
    );
  };

  const summaryOf = (run: RunOverview): RunSummary => {
    const { id, status, state } = run;
    const { points } = state.curve;
    // of runs that are over, the catalogue keeps no curves
    if (points.length > 0)
      losses.set(
        id,
        points.map(({ smoothedLoss }) => smoothedLoss),
      );
    const { options, best } = state;
    return {
      ...{ id, status, isPaused: state.isPaused, model: options?.model ?? null },
      ...{ epoch: state.epoch, epochs: options?.epochs ?? null },
      ...{ step: state.step, totalSteps: state.totalSteps, progress: shareDone(state) },
      timeLeftMs: status === 'running' ? timeLeftMs(state) : null,
      ...{ metric: options?.metric ?? null, best: best?.metrics[options?.metric ?? ''] ?? null },
      ...{ updatedAt: state.updatedAt, losses: losses.get(id) ?? [] },
    };
  };

  return {
    place: folders.join(', '),
    list: async () => {
      const lists = catalogues.map(async ({ folder, catalogue }) =>
        (await catalogue.list()).map((run) => summaryOf(named(folder, run))),
      );
      const all = (await Promise.all(lists)).flat();
      const isLive = ({ status }: RunSummary) => Number(status === 'running');
      return all.sort((a, b) => isLive(b) - isLive(a)); // within a folder they are in order
    },
    async *follow(id, signal) {
      for await (const changes of followRun(folderOf.get(id) ?? (await find(id)), { signal }))
        yield changes.filter((change): change is typeof change & RunNews => change.kind !== 'quiet');
    },
    send: async (id, command) => sendCommand(folderOf.get(id) ?? (await find(id)), command),
    resumeCommand: (id, { options }) =>
      `npx otzyv train --resume ${quotedForShell(folderOf.get(id) ?? options?.output ?? 'FOLDER')}`,
  };
}

function isSame(a: string, b: string): boolean {
  return resolve(a) === resolve(b);
}
