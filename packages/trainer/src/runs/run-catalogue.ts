/** The runs of a folder and where each stands. Looking again reads only what was told since. */
import { EMPTY_CURVE } from '../run-state/curve.ts';
import {
  INITIAL_RUN_STATE,
  parseEvent,
  type RunState,
  type RunStatus,
  reduceEvents,
  runStatus,
} from '../run-state/index.ts';
import { runningSince } from '../training/run-lock.ts';
import { type FoundRun, findRuns } from './find-runs.ts';
import { type LogPosition, readLogPart } from './read-log.ts';

export interface RunOverview extends FoundRun {
  readonly status: RunStatus;
  /** when the process took it up that is at work on it; null: none is */
  readonly runningSince: string | null;
  readonly state: RunState;
  /** up to where its log was read; null where it has none */
  readonly position: LogPosition | null;
}

export interface RunCatalogue {
  /** Those that go on first, then the latest; of those that are over neither curve nor log lines. */
  list(): Promise<RunOverview[]>;
  /** As in the list. @returns undefined where there is no run of this id */
  find(id: string): Promise<RunOverview | undefined>;
  /** With all that is known of it. */
  read(id: string): Promise<RunOverview | undefined>;
}

type Known = Pick<RunOverview, 'state' | 'position'>;

const UNKNOWN: Known = { state: INITIAL_RUN_STATE, position: null };

/** @param folder need not be there yet */
export function openRunCatalogue(folder: string): RunCatalogue {
  let known = new Map<string, Known>();
  let listing: Promise<RunOverview[]> | undefined;

  const lookAgain = async (run: FoundRun): Promise<RunOverview> => {
    const overview = await lookAt(run, known.get(run.folder) ?? UNKNOWN);
    const { state, position, status } = overview;
    known.set(run.folder, { position, state: status === 'finished' ? withoutDetails(state) : state });
    return overview;
  };

  const listAll = async () => {
    const found = await findRuns(folder);
    const runs: RunOverview[] = [];
    for (const run of found) runs.push(await lookAgain(run));
    const folders = new Set(found.map((run) => run.folder));
    known = new Map([...known].filter(([of]) => folders.has(of)));
    return runs.sort(liveFirst);
  };

  const named = async (id: string) => (await findRuns(folder)).find((run) => run.id === id);

  return {
    list: () => {
      listing ??= listAll().finally(() => {
        listing = undefined;
      });
      return listing;
    },
    find: async (id) => {
      const run = await named(id);
      return run && lookAgain(run);
    },
    read: async (id) => {
      const run = await named(id);
      return run && lookAt(run, UNKNOWN);
    },
  };
}

async function lookAt(run: FoundRun, before: Known): Promise<RunOverview> {
  const since = await runningSince(run.folder); // before the log: a process that ends meanwhile says so there
  let { state, position } = before;
  for (let isAtEnd = false; !isAtEnd; ) {
    const part = await readLogPart(run.folder, position);
    if (part.isOther) state = INITIAL_RUN_STATE;
    state = reduceEvents(
      part.lines.flatMap(({ text }) => parseEvent(text) ?? []),
      state,
    );
    ({ position, isAtEnd } = part);
  }
  return { ...run, state, position, runningSince: since, status: runStatus(state, since) };
}

/** There may be thousands of runs, and of one that is over nothing more will be told. */
function withoutDetails(state: RunState): RunState {
  return { ...state, curve: EMPTY_CURVE, confusion: null, hardest: [], log: [] };
}

function liveFirst(a: RunOverview, b: RunOverview): number {
  const isLive = ({ status }: RunOverview) => Number(status === 'running');
  const time = ({ state }: RunOverview) => Date.parse(state.updatedAt ?? '') || 0;
  return isLive(b) - isLive(a) || time(b) - time(a);
}
