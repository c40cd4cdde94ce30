/** Events into state. A run that goes on from a checkpoint makes the steps after it anew, so what was known of them goes. */
import type { LoggedEvent, StepReport } from '../training/events.ts';
import { type AddedStep, upTo, withSteps } from './curve.ts';
import { linesOf } from './log-line.ts';
import { INITIAL_RUN_STATE, type LatestStep, type RunEvaluation, type RunState } from './run-state.ts';
import { meanOf, smoothed, UNSMOOTHED } from './smoothing.ts';

const MOST_LINES = 200;
const MOST_EVALUATIONS = 500;

/** What speed is taken over: steps are of different lengths. */
const PACE_STEPS = 50;

/** @returns the state after one more event; the one before it stays as it was */
export function reduceRun(state: RunState, event: LoggedEvent): RunState {
  if (event.type === 'step') return afterSteps(state, [event]);
  const elapsedMs = state.elapsedMs + sinceLast(state, event);
  const lines = linesOf(event);
  const told: RunState = {
    ...state,
    updatedAt: event.time,
    elapsedMs,
    log: lines.length === 0 ? state.log : [...state.log, ...lines].slice(-MOST_LINES),
  };
  return { ...told, ...changes(told, event) };
}

export function reduceEvents(events: Iterable<LoggedEvent>, from: RunState = INITIAL_RUN_STATE): RunState {
  let state = from;
  let steps: StepEvent[] = [];
  for (const event of events) {
    if (event.type === 'step') {
      steps.push(event);
      continue;
    }
    if (steps.length > 0) state = afterSteps(state, steps);
    steps = [];
    state = reduceRun(state, event);
  }
  return steps.length > 0 ? afterSteps(state, steps) : state;
}

/** Between two processes, and in a pause, nobody was at work. */
function sinceLast({ updatedAt, isPaused }: RunState, { type, time }: LoggedEvent): number {
  if (updatedAt === null || isPaused || type === 'run.resumed') return 0;
  return Math.max(0, Date.parse(time) - Date.parse(updatedAt));
}

function changes(state: RunState, event: LoggedEvent): Partial<RunState> {
  switch (event.type) {
    case 'run.started':
      return { options: event.options, startedAt: event.time };
    case 'run.resumed':
      return resumedAt(state, event.step);
    case 'run.paused':
      return { isPaused: true, resources: null };
    case 'run.unpaused':
      return { isPaused: false };
    case 'stop.requested':
      return { stopRequested: event.when };
    case 'data.read': {
      const { file, rows, classes } = event;
      return { data: { file, rows, classes, train: null, validation: null } };
    }
    case 'data.split': {
      const { train, validation } = event;
      return { phase: 'preparing', data: state.data && { ...state.data, train, validation } };
    }
    case 'download': {
      const { receivedBytes: done, totalBytes: total } = event;
      return { phase: 'preparing', partDone: total === undefined ? null : { done, total } };
    }
    case 'model.ready': {
      const { parameters, trainedParameters = parameters, vocabulary, truncatedShare, totalSteps } = event;
      const model = { parameters, trainedParameters, vocabulary, truncatedShare };
      return { ...busyWith('preparing'), model, totalSteps };
    }
    case 'engine.ready': {
      const { name, device, reason } = event;
      return { ...busyWith('preparing'), engine: { name, device, reason } };
    }
    case 'refit.step':
      return { phase: 'refitting', partDone: { done: event.step, total: event.totalSteps } };
    case 'linear.features':
      return {
        phase: isLinearRefit(state) ? 'refitting' : 'learning-features',
        partDone: { done: event.done, total: event.total },
      };
    case 'linear.iteration':
      return isLinearRefit(state) ? busyWith('refitting') : afterIteration(state, event);
    case 'eval.progress':
      return { phase: 'evaluating', partDone: { done: event.done, total: event.total } };
    case 'eval':
      return { ...busyWith('training'), ...evaluated(state, event) };
    case 'resources': {
      const { cpuPercent, memoryBytes, gpus } = event;
      return { resources: { cpuPercent, memoryBytes, gpus } };
    }
    case 'checkpoint':
      return { checkpoint: { step: event.step, time: event.time } };
    case 'run.finished': {
      const { status, metric, value, bestStep, elapsedMs } = event;
      return { ...ENDED, elapsedMs, end: { status, metric, value, bestStep } };
    }
    case 'run.interrupted':
      return { ...ENDED, elapsedMs: event.elapsedMs, end: { status: 'interrupted' } };
    case 'run.failed':
      return { ...ENDED, end: { status: 'failed', code: event.code, message: event.message } };
    default:
      return {};
  }
}

const UNSTEERED = { isPaused: false, stopRequested: null, resources: null } as const;
const ENDED = { ...busyWith('ended'), ...UNSTEERED };

function busyWith(phase: RunState['phase']): Pick<RunState, 'phase' | 'partDone'> {
  return { phase, partDone: null };
}

function evaluated(state: RunState, event: Extract<LoggedEvent, { type: 'eval' }>): Partial<RunState> {
  const { step, epoch, metrics, isBest, perClass = null, confusion, hardest = [] } = event;
  const evaluation: RunEvaluation = { step, epoch, metrics, perClass };
  const earlier = state.evaluations.map((one) => (one.perClass === null ? one : { ...one, perClass: null }));
  return {
    ...{ step, epoch, evaluationMs: event.elapsedMs },
    evaluations: [...earlier, evaluation].slice(-MOST_EVALUATIONS),
    best: isBest ? evaluation : state.best,
    confusion:
      confusion === undefined || perClass === null
        ? null
        : { labels: perClass.map(({ label }) => label), matrix: confusion },
    hardest,
  };
}

type StepEvent = StepReport & Pick<LoggedEvent, 'time'>;

/** Nearly all events are steps, told one after the other: the state, which is large, is copied once for all of them. */
function afterSteps(state: RunState, steps: readonly StepEvent[]): RunState {
  const last = steps.at(-1);
  if (last === undefined) return state;
  let { elapsedMs, smoothedLoss, pace, examplesPerStep, tokensPerStep } = state;
  // nobody was at work in a pause: what is told first in it, or first of all, took no time
  let toldAt = state.isPaused || state.updatedAt === null ? null : Date.parse(state.updatedAt);
  const added: AddedStep[] = [];
  for (const event of steps) {
    const { step, loss, learningRate, gradientNorm } = event;
    const now = Date.parse(event.time);
    if (toldAt !== null) elapsedMs += Math.max(0, now - toldAt);
    if (!state.isPaused) toldAt = now;
    smoothedLoss = smoothed(smoothedLoss, loss, event.totalSteps / 50);
    pace = smoothed(pace, event.elapsedMs, PACE_STEPS);
    examplesPerStep = smoothed(examplesPerStep, event.examples, PACE_STEPS);
    if (event.tokens !== undefined) tokensPerStep = smoothed(tokensPerStep, event.tokens, PACE_STEPS);
    added.push({ step, loss, smoothedLoss: meanOf(smoothedLoss), learningRate, gradientNorm });
  }
  const { step, totalSteps, epoch, loss, learningRate, gradientNorm } = last;
  return {
    ...state,
    updatedAt: last.time,
    elapsedMs,
    phase: 'training',
    partDone: null,
    step,
    totalSteps,
    epoch,
    latest: { loss, learningRate, gradientNorm },
    smoothedLoss,
    curve: withSteps(state.curve, added),
    pace,
    examplesPerStep,
    tokensPerStep,
  };
}

/** Of a linear model, whose losses are few, and of which nothing else is known. */
function afterIteration(
  state: RunState,
  { iteration: step, objective: loss, gradientNorm }: Extract<LoggedEvent, { type: 'linear.iteration' }>,
): Partial<RunState> {
  const latest: LatestStep = { loss, gradientNorm, learningRate: null };
  const smoothedLoss = smoothed(state.smoothedLoss, loss, 1);
  const curve = withSteps(state.curve, [{ step, smoothedLoss: meanOf(smoothedLoss), ...latest }]);
  return { ...busyWith('training'), step, latest, smoothedLoss, curve };
}

function resumedAt(state: RunState, step: number): Partial<RunState> {
  const evaluations = state.evaluations.filter((evaluation) => evaluation.step <= step);
  const curve = upTo(state.curve, step);
  const last = curve.points.at(-1);
  const isLastMadeAnew = evaluations.length < state.evaluations.length;
  return {
    ...busyWith('training'),
    ...UNSTEERED,
    ...(isLastMadeAnew && { confusion: null, hardest: [] }),
    step,
    epoch: epochAt(state, step),
    resumptions: state.resumptions + 1,
    curve,
    smoothedLoss: last === undefined ? UNSMOOTHED : { sum: last.smoothedLoss, weight: 1 },
    latest: last === undefined ? null : state.latest,
    pace: UNSMOOTHED, // it may go on on another machine
    examplesPerStep: UNSMOOTHED,
    tokensPerStep: UNSMOOTHED,
    evaluations,
    best: bestUpTo(state, step, evaluations),
    end: null,
  };
}

function epochAt(state: RunState, step: number): number {
  return state.step === 0 ? 0 : (state.epoch * step) / state.step;
}

/** The best may have been of a step that is made anew; then it is the best of those that are left. */
function bestUpTo(
  { best, options }: RunState,
  step: number,
  evaluations: readonly RunEvaluation[],
): RunEvaluation | null {
  if (best === null || best.step <= step || options === null) return best;
  const { metric, greaterIsBetter } = options;
  const sign = greaterIsBetter ? 1 : -1;
  const score = ({ metrics }: RunEvaluation) => sign * (metrics[metric] ?? -Infinity);
  return evaluations.reduce<RunEvaluation | null>(
    (found, one) => (found === null || score(one) > score(found) ? one : found),
    null,
  );
}

/** A linear model is evaluated once: what follows is its second training. */
function isLinearRefit({ evaluations }: RunState): boolean {
  return evaluations.length > 0;
}
