/** A run as tests need one: told by events, and made into a state by the reducer that all share. */
import { type LoggedEvent, type RunEvent, resolveRunOptions } from '@otzyv/trainer';
import { type RunState, reduceEvents, runStatus } from '@otzyv/trainer/run-state';
import type { WatchedRun } from '../reader/run-feed.ts';
import type { RunSource, RunSummary } from '../reader/run-source.ts';

export const LABELS = ['бытовая техника', 'обувь', 'товары для детей', 'украшения и аксессуары'];

/** counts by [truth][answer] */
const CONFUSION = [
  [20, 0, 1, 0],
  [0, 9, 5, 0],
  [2, 0, 16, 0],
  [0, 3, 0, 3],
];

const BEGAN = Date.parse('2026-01-01T10:00:00Z');

export interface ToldRun {
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  /** steps made; all, unless told otherwise */
  readonly steps?: number;
  readonly learningRate?: number;
  readonly output?: string;
  /** what it told last */
  readonly last?: readonly RunEvent[];
}

export function eventsOf({
  epochs = 3,
  stepsPerEpoch = 10,
  steps = epochs * stepsPerEpoch,
  learningRate = 3e-4,
  output = 'runs/tiny',
  last = [],
}: ToldRun = {}): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  const tell = (event: RunEvent) => {
    const time = new Date(BEGAN + events.length * 1000).toISOString();
    events.push({ v: 1, time, ...event });
  };
  const options = resolveRunOptions({
    model: 'micro',
    trainFile: 'reviews.csv',
    output,
    epochs,
    learningRate,
  });
  const totalSteps = epochs * stepsPerEpoch;
  tell({ type: 'run.started', options });
  const classes = LABELS.map((label) => ({ label, count: 20 }));
  tell({ type: 'data.read', file: 'reviews.csv', rows: 80, emptyTexts: 0, badRows: 0, classes });
  tell({ type: 'data.split', train: 64, validation: 59, warnings: ['«обувь» has few reviews'] });
  const size = { parameters: 4_047_369, trainedParameters: 4_000_000, vocabulary: 6000, truncatedShare: 0 };
  tell({ type: 'model.ready', model: 'micro', ...size, newWeights: [], totalSteps });
  tell({
    type: 'engine.ready',
    name: 'onnx',
    device: 'cpu',
    backend: 'cpu',
    reason: 'ONNX Runtime on the CPU',
  });
  for (let step = 1; step <= steps; step++) {
    const epoch = step / stepsPerEpoch;
    const loss = 2 / Math.sqrt(step) + (step % 7 === 0 ? 0.4 : 0);
    const rest = { gradientNorm: 1 + 1 / step, learningRate: learningRate * (1 - step / (totalSteps + 1)) };
    tell({ type: 'step', step, totalSteps, epoch, loss, ...rest, examples: 32, tokens: 480, elapsedMs: 900 });
    if (step % stepsPerEpoch !== 0) continue;
    // the second epoch is the best
    const f1 = epoch === 2 ? 0.81 : 0.6 + epoch / 100;
    const metrics = { f1_weighted: f1, f1_macro: f1 - 0.1, accuracy: f1 + 0.05 };
    tell({ type: 'eval', step, epoch, metrics, isBest: epoch <= 2, elapsedMs: 500, ...DETAILS });
    tell({ type: 'checkpoint', step, folder: `${output}/checkpoints/checkpoint-${step}` });
  }
  tell({ type: 'resources', cpuPercent: 187, memoryBytes: 1.2e9, gpus: [] });
  for (const event of last) tell(event);
  return events;
}

const DETAILS = {
  perClass: LABELS.map((label, id) => {
    const row = CONFUSION[id] as number[];
    const support = row.reduce((sum, count) => sum + count, 0);
    const right = row[id] as number;
    const answered = CONFUSION.reduce((sum, other) => sum + (other[id] as number), 0);
    const [precision, recall] = [right / answered, right / support];
    return { label, precision, recall, f1: (2 * precision * recall) / (precision + recall), support };
  }),
  confusion: CONFUSION,
  hardest: [
    {
      text: 'Подошва отклеилась через неделю',
      truth: 'обувь',
      predicted: 'товары для детей',
      confidence: 0.97,
    },
    { text: 'Цепочка порвалась сразу', truth: 'украшения и аксессуары', predicted: 'обувь', confidence: 0.9 },
  ],
};

export const FINISHED: RunEvent = {
  type: 'run.finished',
  ...{ status: 'completed', metric: 'f1_weighted', value: 0.81, bestStep: 20 },
  ...{ folder: 'runs/tiny', elapsedMs: 40_000 },
};

export function stateOf(told?: ToldRun): RunState {
  return reduceEvents(eventsOf(told));
}

/** @param runningSince a process is at work on it since then */
export function watchedRun(
  told?: ToldRun,
  runningSince: string | null = new Date(BEGAN).toISOString(),
): WatchedRun {
  const state = stateOf(told);
  return {
    id: 'tiny',
    ...{ state, status: runStatus(state, runningSince) },
    ...{ isRead: true, isBroken: false, error: undefined },
  };
}

export interface ToldSource extends RunSource {
  /** what was sent, as `id command` */
  readonly sent: string[];
}

/** Runs that stand where they stand. */
export function toldSource(runs: Readonly<Record<string, RunState>>, isRunning = true): ToldSource {
  const sent: string[] = [];
  const summaryOf = ([id, state]: [string, RunState]): RunSummary => ({
    id,
    status: runStatus(state, isRunning ? new Date(BEGAN).toISOString() : null),
    isPaused: state.isPaused,
    model: 'micro',
    ...{ epoch: state.epoch, epochs: 3, step: state.step, totalSteps: state.totalSteps },
    ...{ progress: 0.5, timeLeftMs: 95_000, metric: 'f1_weighted', best: 0.81 },
    ...{ updatedAt: state.updatedAt, losses: [3, 2, 1] },
  });
  return {
    sent,
    place: 'runs',
    list: async () => Object.entries(runs).map(summaryOf),
    async *follow(id, signal) {
      const runningSince = isRunning ? new Date(BEGAN).toISOString() : null;
      yield [{ kind: 'state', state: runs[id] as RunState, runningSince }];
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    send: async (id, command) => {
      sent.push(`${id} ${command}`);
    },
    resumeCommand: (id) => `npx otzyv train --resume runs/${id}`,
  };
}
