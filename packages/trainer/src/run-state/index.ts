/**
 * `@otzyv/trainer/run-state`: from a run's events to where it stands. Nothing here needs Node, so pages import it too.
 * @example
 * const state = reduceEvents(lines.flatMap((line) => parseEvent(line) ?? []));
 * console.log(runStatus(state, null), shareDone(state), state.best?.metrics);
 */
export { type Curve, type CurvePoint, MOST_POINTS } from './curve.ts';
export { type LogLine, type Words, wordsOf } from './log-line.ts';
export { parseEvent } from './parse-event.ts';
export { reduceEvents, reduceRun } from './reduce.ts';
export {
  INITIAL_RUN_STATE,
  type LatestStep,
  type RunCheckpoint,
  type RunConfusion,
  type RunData,
  type RunEnd,
  type RunEvaluation,
  type RunModel,
  type RunPhase,
  type RunState,
} from './run-state.ts';
export { meanOf, type Smoothed } from './smoothing.ts';
export {
  canGoOn,
  examplesPerSecond,
  type RunStatus,
  runStatus,
  shareDone,
  timeLeftMs,
  tokensPerSecond,
} from './status.ts';
