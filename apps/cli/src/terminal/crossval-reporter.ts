/** A cross-validation's events as a person wants to see them: a line a fold, and one that moves below. */
import type { CrossValidationEvent, RunEvent } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { count, counted, duration, score } from './format.ts';
import type { Progress } from './progress.ts';
import { runReporter } from './run-reporter.ts';

type Started = Extract<CrossValidationEvent, { type: 'crossval.started' }>;

export function crossvalReporter(progress: Progress): (event: CrossValidationEvent) => void {
  const ofRun = runReporter(progress, ''); // no run's measurements are told
  const working = new Map<string, { share: number; doing: string }>();
  const told = new Set<string>();
  let [finished, all, metric] = [0, 0, ''];
  let nameOf = (_repeat: number, fold: number) => `fold ${fold}`;

  const draw = () => {
    const shares = [...working.values()].reduce((sum, { share }) => sum + share, finished);
    const doing = [...working].map(([name, { doing }]) => `${name}: ${doing}`).join(' · ');
    progress.update(`  ${finished} of ${all} folds`, shares / all, doing);
  };

  return (event) => {
    switch (event.type) {
      case 'crossval.started': {
        const { folds, repeats } = event.options;
        all = folds * repeats;
        metric = event.options.metric;
        if (repeats > 1) nameOf = (repeat, fold) => `repeat ${repeat}, fold ${fold}`;
        for (const line of describePlan(event)) progress.say(`  ${line}`);
        return;
      }
      case 'fold.event': {
        const name = nameOf(event.repeat, event.fold);
        const { event: inner } = event;
        // all folds say the same of what they begin with
        if ((inner.type === 'model.ready' || inner.type === 'engine.ready') && !told.has(inner.type)) {
          told.add(inner.type);
          ofRun(inner);
        }
        if (inner.type === 'run.paused') progress.say(`  ${name}: paused at step ${inner.step}`);
        if (inner.type === 'run.unpaused') progress.say(`  ${name}: goes on`);
        if (inner.type === 'warning') progress.say(`  ${colors.yellow('!')} ${name}: ${inner.message}`);
        const state = stateAfter(inner);
        if (state !== undefined) working.set(name, state);
        return draw();
      }
      case 'fold.finished': {
        const name = nameOf(event.repeat, event.fold);
        working.delete(name);
        finished++;
        const { metrics } = event.evaluation;
        const values = [...new Set([metric, 'accuracy'])].map(
          (one) => `${one} ${score(metrics[one] ?? Number.NaN)}`,
        );
        const when = event.wasThere ? colors.dim('from before') : duration(event.elapsedMs);
        progress.say(`  ${name}: ${values.join(', ')} · ${when}`);
        return;
      }
      default:
        return ofRun(event);
    }
  };
}

function describePlan({ options, grouping, heldOut, jobs }: Started): string[] {
  const { folds, repeats, groupColumn } = options;
  const [least, most] = [Math.min(...heldOut), Math.max(...heldOut)];
  const size = least === most ? count(most) : `${count(least)} to ${count(most)}`;
  const times = repeats > 1 ? `, dealt ${repeats} times` : '';
  const atOnce = jobs > 1 ? `; ${jobs} go at once` : '';
  const groups = `${counted(grouping.boundRows, 'row')} in ${counted(grouping.groups, 'group')}`;
  return [
    `${folds} folds of ${size} rows${times}${atOnce}`,
    ...(grouping.by === 'column' ? [`${groups} of one "${groupColumn}" stay together`] : []),
    ...(grouping.by === 'duplicates' && grouping.boundRows > 0
      ? [`${groups} of copies and near copies stay together`]
      : []),
  ];
}

/** How far a fold is. The end of a linear fit is not known: its share comes ever nearer. */
function stateAfter(event: RunEvent): { share: number; doing: string } | undefined {
  switch (event.type) {
    case 'run.started':
      return { share: 0, doing: 'reading' };
    case 'step':
      return { share: event.step / event.totalSteps, doing: `epoch ${event.epoch.toFixed(1)}` };
    case 'linear.features': {
      const before = event.stage === 'vocabulary' ? 0 : 0.25;
      return { share: before + 0.25 * (event.done / event.total), doing: 'features' };
    }
    case 'linear.iteration':
      return {
        share: 0.5 + (0.5 * event.iteration) / (event.iteration + 40),
        doing: `iteration ${event.iteration}`,
      };
    default:
      return undefined;
  }
}
