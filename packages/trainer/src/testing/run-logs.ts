/** Logs as runs write them: epochs of steps with evaluations and checkpoints, kills in the middle, and what follows. */
import fc from 'fast-check';
import { EVENT_SCHEMA_VERSION, type LoggedEvent, type RunEvent } from '../training/events.ts';
import { resolveRunOptions } from '../training/options.ts';

export interface ImaginedRun {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly losses: readonly number[];
  /** of each epoch */
  readonly scores: readonly number[];
  /** after how many more steps each process but the last is killed */
  readonly kills: readonly number[];
  readonly end: 'run.finished' | 'run.interrupted' | 'run.failed' | 'none';
}

export const imaginedRuns: fc.Arbitrary<ImaginedRun> = fc.record({
  epochs: fc.integer({ min: 1, max: 4 }),
  stepsPerEpoch: fc.integer({ min: 1, max: 12 }),
  losses: fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 1, maxLength: 9 }),
  scores: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
  kills: fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 3 }),
  end: fc.constantFrom('run.finished', 'run.interrupted', 'run.failed', 'none'),
});

const OPTIONS = resolveRunOptions({ model: 'micro', trainFile: 'train.csv', output: 'runs/x' });

/** Each event is a second after the one before it, and each process an hour. */
export function logOf({ epochs, stepsPerEpoch, losses, scores, kills, end }: ImaginedRun): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  let clock = Date.parse('2026-01-01T00:00:00Z');
  const tell = (event: RunEvent) => {
    clock += 1000;
    events.push({ v: EVENT_SCHEMA_VERSION, time: new Date(clock).toISOString(), ...event });
  };
  const totalSteps = epochs * stepsPerEpoch;
  tell({ type: 'run.started', options: OPTIONS });
  const classes = [{ label: 'обувь', count: 16 }];
  tell({ type: 'data.read', file: 'train.csv', rows: 20, emptyTexts: 0, badRows: 0, classes });
  tell({ type: 'data.split', train: 16, validation: 4, warnings: ['few rows'] });

  let saved = { step: 0, best: -1 };
  for (const [i, left] of [...kills, Infinity].entries()) {
    let { step, best } = saved;
    if (i > 0) {
      clock += 3_600_000;
      tell({ type: 'run.resumed', step });
    }
    const size = { parameters: 9, trainedParameters: 5, vocabulary: 7, truncatedShare: 0, newWeights: [] };
    tell({ type: 'model.ready', model: 'micro', ...size, totalSteps });
    for (let made = 0; step < totalSteps && made < left; made++) {
      step++;
      const epoch = step / stepsPerEpoch;
      const loss = losses[step % losses.length] as number;
      const rest = { gradientNorm: loss / 2, learningRate: 1e-4, examples: 8, tokens: 90, elapsedMs: 900 };
      tell({ type: 'step', step, totalSteps, epoch, loss, ...rest });
      if (step % stepsPerEpoch !== 0) continue;
      tell({ type: 'eval.progress', done: 2, total: 4 });
      const score = scores[epoch - 1] as number;
      const metrics = { f1_weighted: score };
      const details = {
        perClass: [{ label: 'обувь', precision: score, recall: score, f1: score, support: 4 }],
        confusion: [[step]],
        hardest: [{ text: `в шаге ${step}`, truth: 'обувь', predicted: 'обувь', confidence: score }],
      };
      tell({ type: 'eval', step, epoch, metrics, isBest: score > best, elapsedMs: 500, ...details });
      best = Math.max(best, score);
      tell({ type: 'checkpoint', step, folder: `runs/x/checkpoints/checkpoint-${step}` });
      saved = { step, best };
    }
    const isOver = step === totalSteps;
    if (!isOver && left !== Infinity) continue; // killed
    const ended = { folder: 'runs/x', elapsedMs: 1000 * events.length };
    if (end === 'run.finished' && isOver) {
      const value = { metric: 'f1_weighted', value: best, bestStep: stepsPerEpoch };
      tell({ type: end, status: 'completed', ...value, ...ended });
    }
    if (end === 'run.interrupted') tell({ type: end, step, ...ended });
    if (end === 'run.failed') tell({ type: end, code: 'system.disk-full', message: 'no space is left' });
    break;
  }
  return events;
}

/** The same run, paused for an hour after some of its events; nothing is paused before it trains, nor when it has ended. */
export function withPauses(log: readonly LoggedEvent[], after: readonly number[]): LoggedEvent[] {
  const steps = log.flatMap(({ type }, i) => (type === 'step' ? [i] : []));
  const places = new Set(after.map((n) => steps[n % steps.length]));
  let lateMs = 0;
  return log.flatMap((event, i): LoggedEvent[] => {
    const at = (ms: number) => new Date(Date.parse(event.time) + ms).toISOString();
    const told = [{ ...event, time: at(lateMs) }];
    if (!places.has(i) || event.type !== 'step') return told;
    const { v, step } = event;
    const paused: LoggedEvent = { v, time: at(lateMs), type: 'run.paused', step };
    lateMs += 3_600_000;
    return [...told, paused, { v, time: at(lateMs), type: 'run.unpaused', step }];
  });
}
