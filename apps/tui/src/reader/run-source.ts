/**
 * Where runs are watched: in a folder, or at another machine's API. The screens know only this.
 */
import type { LoggedEvent, RunCommand } from '@otzyv/trainer';
import type { RunState, RunStatus } from '@otzyv/trainer/run-state';

/** A line of the list of runs. */
export interface RunSummary {
  readonly id: string;
  readonly status: RunStatus;
  readonly isPaused: boolean;
  readonly model: string | null;
  readonly epoch: number;
  readonly epochs: number | null;
  readonly step: number;
  readonly totalSteps: number | null;
  /** 0 … 1; null where it cannot be told */
  readonly progress: number | null;
  readonly timeLeftMs: number | null;
  readonly metric: string | null;
  /** the best value of that metric so far */
  readonly best: number | null;
  readonly updatedAt: string | null;
  /** smoothed, of its whole length; empty where it is not told */
  readonly losses: readonly number[];
}

/** What is told of a run that is followed. */
export type RunNews =
  | { readonly kind: 'event'; readonly event: LoggedEvent }
  /** all that was known so far does not count any more */
  | { readonly kind: 'reset' }
  /** told once all that had happened before was told, and when it changes: see `runStatus` */
  | { readonly kind: 'process'; readonly runningSince: string | null }
  /** where it stands, in one piece */
  | { readonly kind: 'state'; readonly state: RunState; readonly runningSince: string | null }
  | { readonly kind: 'connection'; readonly isBroken: boolean };

export interface RunSource {
  /** a folder or an address: the title of the list */
  readonly place: string;
  /** Those that go on first, then the latest. @throws OtzyvError */
  list(): Promise<RunSummary[]>;
  /** In the order in which it happened; ends with the run, or the signal. @throws OtzyvError where there is no such run */
  follow(id: string, signal: AbortSignal): AsyncIterable<readonly RunNews[]>;
  /** @throws OtzyvError `run.not-running` where no process is at work on it */
  send(id: string, command: SentCommand): Promise<void>;
  /** @returns what to type to go on with it, where it lies */
  resumeCommand(id: string, state: RunState): string;
}

/** Of what a trainer obeys, what the monitor has keys for. */
export type SentCommand = Exclude<RunCommand, 'stop'>;
