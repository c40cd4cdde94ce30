import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imaginedRuns, logOf, withPauses } from '../testing/run-logs.ts';
import type { LoggedEvent, RunEvent } from '../training/events.ts';
import {
  examplesPerSecond,
  INITIAL_RUN_STATE,
  MOST_POINTS,
  parseEvent,
  type RunState,
  reduceEvents,
  reduceRun,
  runStatus,
  shareDone,
  timeLeftMs,
  tokensPerSecond,
} from './index.ts';

const logs = imaginedRuns.map(logOf);
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const stepsOf = (events: readonly LoggedEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [event] : []));
const last = <T extends LoggedEvent['type']>(events: readonly LoggedEvent[], type: T) =>
  events.findLast((event): event is Extract<LoggedEvent, { type: T }> => event.type === type);

describe('of any log', () => {
  test('each beginning is a state, plain JSON of its own, and one by one gives what all at once give', () => {
    fc.assert(
      fc.property(logs, (events) => {
        let state = INITIAL_RUN_STATE;
        for (const event of events) {
          const before = throughJson(state);
          const next = reduceRun(state, event);
          expect(state).toEqual(before);
          expect(throughJson(next)).toEqual(next);
          state = next;
        }
        expect(state).toEqual(reduceEvents(events));
      }),
      { numRuns: 30 },
    );
  });

  test('reducing it in pieces, each handed on as JSON, is reducing it at once', () => {
    fc.assert(
      fc.property(logs, fc.array(fc.nat(200)), (events, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % (events.length + 1)).sort((a, b) => a - b)];
        const inPieces = places.reduce(
          (state, from, i) => throughJson(reduceEvents(events.slice(from, places[i + 1]), state)),
          INITIAL_RUN_STATE,
        );
        expect(inPieces).toEqual(reduceEvents(events));
      }),
    );
  });

  test('the curve holds each step once, as it was made last, and the best is the best of what is left', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const state = reduceEvents(events);
        const made = new Map(stepsOf(events).map((event) => [event.step, event]));
        const resumed = last(events, 'run.resumed');
        if (resumed !== undefined) {
          const since = stepsOf(events.slice(events.indexOf(resumed))).map(({ step }) => step);
          const reached = Math.max(resumed.step, ...since);
          for (const step of made.keys()) if (step > reached) made.delete(step);
        }
        expect(state.curve.points.map(({ step, loss }) => [step, loss])).toEqual(
          [...made.values()].map(({ step, loss }) => [step, loss]),
        );
        const values = state.evaluations.map(({ metrics }) => metrics['f1_weighted'] as number);
        expect(state.best?.metrics['f1_weighted'] ?? -Infinity).toBe(Math.max(...values));
        expect(state.evaluations.map(({ step }) => step)).toEqual([
          ...new Set(state.evaluations.map(({ step }) => step)),
        ]);
      }),
    );
  });
});

test('a pause changes nothing of a run but what it said and when', () => {
  fc.assert(
    fc.property(logs, fc.array(fc.nat(50), { minLength: 1 }), (events, pauses) => {
      const { log: _, updatedAt: __, end: ___, checkpoint, ...state } = reduceEvents(events);
      const paused = reduceEvents(withPauses(events, pauses));
      expect(paused).toMatchObject({ ...state, checkpoint: checkpoint && { step: checkpoint.step } });
      expect(timeLeftMs(paused)).toBe(timeLeftMs(reduceEvents(events)));
      expect(paused.log.some(({ text }) => text.startsWith('paused at step'))).toBe(true);
    }),
  );
});

describe('a long run', () => {
  const losses = Array.from({ length: 20_011 }, (_, i) =>
    i === 12_345 ? 9 : 1 + ((i * 7919) % 1000) / 1000,
  );
  const run = {
    epochs: 1,
    stepsPerEpoch: losses.length,
    losses: [...losses.slice(-1), ...losses.slice(0, -1)],
  };
  const events = logOf({ ...run, scores: [0.5], kills: [], end: 'run.finished' });
  const state = reduceEvents(events);

  test('has a curve of bounded length that keeps its mean and its spike', () => {
    const { points } = state.curve;
    expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
    expect(points.length).toBeGreaterThan(MOST_POINTS / 2 - 1);
    expect(points.reduce((sum, { steps }) => sum + steps, 0)).toBe(losses.length);
    const mean = points.reduce((sum, { loss, steps }) => sum + loss * steps, 0) / losses.length;
    expect(mean).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / losses.length, 9);
    expect(points.filter(({ highest }) => highest === 9)).toHaveLength(1);
    for (const { lowest, loss, highest } of points) {
      expect(lowest).toBeLessThanOrEqual(loss);
      expect(highest).toBeGreaterThanOrEqual(loss);
    }
    expect(points.at(-1)?.smoothedLoss).toBeCloseTo(1.5, 1);
  });

  test('is of bounded size', () => {
    expect(JSON.stringify(state).length).toBeLessThan(200_000);
  });
});

describe('a run of two epochs of four steps', () => {
  const run = { epochs: 2, stepsPerEpoch: 4, losses: [2], scores: [0.6, 0.5], kills: [] } as const;
  const events = logOf({ ...run, end: 'run.finished' });
  const until = (type: LoggedEvent['type'], from = 0): RunState =>
    reduceEvents(events.slice(0, events.findIndex((event, i) => i >= from && event.type === type) + 1));

  test('tells how far it is, how fast, and how long it will take', () => {
    const begun = until('step');
    expect(begun).toMatchObject({ phase: 'training', step: 1, totalSteps: 8, latest: { loss: 2 } });
    expect(shareDone(begun)).toBe(1 / 8);
    expect(timeLeftMs(begun)).toBeCloseTo(7 * 900);
    expect(examplesPerSecond(begun)).toBeCloseTo(8 / 0.9);
    expect(tokensPerSecond(begun)).toBeCloseTo(90 / 0.9);
    const evaluated = until('eval');
    expect(timeLeftMs(evaluated)).toBeCloseTo(4 * 900 + 500);
    expect(until('eval.progress')).toMatchObject({ phase: 'evaluating', partDone: { done: 2, total: 4 } });
    expect(shareDone(reduceEvents(events))).toBe(1);
    expect(timeLeftMs(reduceEvents(events))).toBeNull();
  });

  test('keeps the better evaluation, the last checkpoint, and what is worth a line', () => {
    const state = reduceEvents(events);
    expect(state).toMatchObject({
      best: { step: 4, epoch: 1, metrics: { f1_weighted: 0.6 } },
      evaluations: [{ step: 4 }, { step: 8 }],
      checkpoint: { step: 8 },
      end: { status: 'completed', value: 0.6 },
      data: { rows: 20, train: 16, validation: 4 },
    });
    expect(state.log.filter(({ level }) => level === 'warning').map(({ text }) => text)).toEqual([
      'few rows',
    ]);
    expect(state.log.at(-1)?.text).toBe('done after 18.0\u00a0s: f1_weighted 0.6000, of step 4');
  });

  test('tells of the last evaluation where it errs, and of no other but the best by class', () => {
    const state = reduceEvents(events);
    expect(state.confusion).toEqual({ labels: ['обувь'], matrix: [[8]] });
    expect(state.hardest).toMatchObject([{ text: 'в шаге 8' }]);
    expect(state.best?.perClass).toMatchObject([{ label: 'обувь', f1: 0.6 }]);
    expect(state.evaluations.map(({ perClass }) => perClass?.[0]?.f1 ?? null)).toEqual([null, 0.5]);
    const anew = { v: 1, time: '2026-01-02T00:00:00.000Z', type: 'run.resumed', step: 4 } as const;
    expect(reduceEvents([...events, anew])).toMatchObject({ confusion: null, hardest: [] });
  });

  test('is held, goes on, and is asked to stop, as it tells', () => {
    const tell = (...told: RunEvent[]) =>
      reduceEvents(
        told.map((event) => ({ v: 1, time: '2026-01-01T00:01:00.000Z', ...event })),
        until('eval'),
      );
    const reading = { cpuPercent: 180, memoryBytes: 2 ** 30, gpus: [] };
    const resources: RunEvent = { type: 'resources', ...reading };
    const pause: RunEvent = { type: 'run.paused', step: 4 };
    expect(tell(resources)).toMatchObject({ resources: reading, isPaused: false, stopRequested: null });
    const paused = tell(resources, pause, { type: 'stop.requested', when: 'epoch' });
    expect(paused).toMatchObject({ resources: null, isPaused: true, stopRequested: 'epoch' });
    expect(runStatus(paused, paused.updatedAt)).toBe('running');
    expect(tell(pause, { type: 'run.unpaused', step: 4 })).toMatchObject({ isPaused: false });
    for (const next of [
      { type: 'run.resumed', step: 4 },
      { type: 'run.interrupted', step: 4, folder: '', elapsedMs: 1 },
      { type: 'run.failed', code: 'x', message: 'y' },
    ] satisfies RunEvent[]) {
      const then = tell(resources, pause, { type: 'stop.requested', when: 'now' }, next);
      expect(then).toMatchObject({ isPaused: false, stopRequested: null, resources: null });
    }
  });

  test('may be stopped after an epoch: finished, as far as it is, until it is gone on with', () => {
    const stopped = {
      ...(last(events, 'run.finished') as Extract<LoggedEvent, { type: 'run.finished' }>),
      status: 'stopped',
    } as const;
    const state = reduceEvents([stopped], until('checkpoint'));
    expect([runStatus(state, null), shareDone(state), timeLeftMs(state)]).toEqual(['finished', 0.5, null]);
    const later = new Date(Date.parse(stopped.time) + 1).toISOString();
    expect(runStatus(state, later)).toBe('running');
    const goesOn = reduceEvents([{ v: 1, time: later, type: 'run.resumed', step: 4 }], state);
    expect(goesOn).toMatchObject({ end: null, best: { step: 4 } });
  });

  test('counts the time of its processes, without the time between them', () => {
    const killed = logOf({ ...run, kills: [6], end: 'none' });
    const seconds = killed.length - 1 - 1; // from the first event on, less the step between the two processes
    expect(reduceEvents(killed)).toMatchObject({ elapsedMs: seconds * 1000, resumptions: 1 });
  });
});

test('a run that is begun anew after its best was lost has that of what is left as its best', () => {
  const scores = [0.4, 0.9, 0.5, 0.5];
  const events = logOf({ epochs: 3, stepsPerEpoch: 2, losses: [1], scores, kills: [], end: 'none' });
  const again = { v: 1, time: '2026-01-02T00:00:00.000Z', type: 'run.resumed', step: 2 } as const;
  expect(reduceEvents([...events, again])).toMatchObject({ step: 2, epoch: 1, best: { step: 2 } });
});

describe('whether it goes', () => {
  const stateAt = (end: Parameters<typeof logOf>[0]['end']) =>
    reduceEvents(logOf({ epochs: 1, stepsPerEpoch: 1, losses: [1], scores: [1], kills: [], end }));
  const [before, after] = ['2025-12-31T23:59:59.000Z', '2026-01-01T01:00:00.000Z'];

  test.each([
    ['it tells, and its process lives', 'none', before, 'running'],
    ['its process is gone without a word', 'none', null, 'killed'],
    ['it is over', 'run.finished', null, 'finished'],
    ['it is over, and its process has not ended yet', 'run.finished', before, 'finished'],
    ['it was interrupted', 'run.interrupted', null, 'interrupted'],
    ['it was interrupted, and its process has not ended yet', 'run.interrupted', before, 'interrupted'],
    ['it was interrupted, and another process has taken it up', 'run.interrupted', after, 'running'],
    ['it failed', 'run.failed', null, 'failed'],
    ['it failed, and another process has taken it up', 'run.failed', after, 'running'],
  ] as const)('%s', (_, end, runningSince, status) => {
    expect(runStatus(stateAt(end), runningSince)).toBe(status);
  });
});

test('a linear model is fitted without a known end; once evaluated, it is trained again on all rows', () => {
  const at = (event: object) => ({ v: 1, time: '2026-01-01T00:00:00.000Z', ...event }) as LoggedEvent;
  const features = at({ type: 'linear.features', stage: 'vocabulary', done: 5, total: 10 });
  const iteration = (n: number) =>
    at({ type: 'linear.iteration', iteration: n, objective: 100 / n, gradientNorm: 1 });
  const evaluated = at({ type: 'eval', step: 2, epoch: 1, metrics: {}, isBest: true, elapsedMs: 9 });
  expect(reduceEvents([features])).toMatchObject({
    phase: 'learning-features',
    partDone: { done: 5, total: 10 },
  });
  const fitting = reduceEvents([features, iteration(1), iteration(2)]);
  expect(fitting).toMatchObject({ phase: 'training', step: 2, latest: { loss: 50, learningRate: null } });
  expect(shareDone(fitting)).toBeNull();
  const refitting = reduceEvents([evaluated, features, iteration(1)], fitting);
  expect(refitting).toMatchObject({ phase: 'refitting', curve: fitting.curve, step: 2 });
});

test.each([
  ['half a line', '{"v":1,"time":"2026-01-01T00:0'],
  ['no object', 'null'],
  ['an event of another version', '{"v":2,"time":"2026-01-01T00:00:00.000Z","type":"step"}'],
])('%s is no event', (_, line) => {
  expect(parseEvent(line)).toBeUndefined();
});
