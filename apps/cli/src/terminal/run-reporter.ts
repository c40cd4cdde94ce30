/** A run's events as a person wants to see them. */
import type { Listener, RunEvent } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { bytes, count, counted, duration, percent, score } from './format.ts';
import type { Progress } from './progress.ts';

/** @param metric the one by which the best is chosen */
export function runReporter(progress: Progress, metric: string): Listener {
  let evaluations = 0;
  let losses: number[] = [];
  return (event) => {
    switch (event.type) {
      case 'run.started':
        return progress.say(
          `${colors.bold(`Training ${event.options.model}`)} on ${event.options.trainFile} → ${event.options.output}`,
        );
      case 'run.resumed':
        return progress.say(
          event.step > 0 ? `  resumed at step ${event.step}` : '  nothing was saved yet: it begins anew',
        );
      case 'data.read':
        return progress.say(describeData(event));
      case 'data.audited':
        return progress.say(`  ${describeDecisions(event)}`);
      case 'data.split':
        progress.say(`  ${count(event.train)} to train on, ${count(event.validation)} to validate on`);
        for (const warning of event.warnings) progress.say(`  ${colors.yellow('!')} ${warning}`);
        return;
      case 'download': {
        const share = event.totalBytes === undefined ? undefined : event.receivedBytes / event.totalBytes;
        return progress.update(`  downloading ${event.file}`, share, bytes(event.receivedBytes));
      }
      case 'model.ready':
        progress.say(
          `  ${parametersOf(event)}, ${count(event.vocabulary)} tokens, ${count(event.totalSteps)} steps; ` +
            `${percent(event.truncatedShare)} of texts are cut`,
        );
        if (event.newWeights.length > 0) {
          progress.say(
            `  ${event.newWeights.length} weights begin at random: ${event.newWeights.join(', ')}`,
          );
        }
        return;
      case 'engine.ready':
        return progress.say(`  engine ${event.name}: ${event.reason}`);
      case 'step':
      case 'refit.step':
        losses.push(event.loss);
        return progress.update(
          event.type === 'step' ? '  training' : '  refitting on all rows',
          event.step / event.totalSteps,
          `epoch ${event.epoch.toFixed(1)} · loss ${event.loss.toFixed(3)} · ${duration(event.elapsedMs)}/step`,
        );
      case 'linear.features':
        return progress.update(
          event.stage === 'vocabulary' ? '  learning features' : '  finding features',
          event.done / event.total,
          `${count(event.done)} texts`,
        );
      case 'linear.iteration':
        return progress.update(
          '  fitting',
          undefined,
          `iteration ${event.iteration} · objective ${event.objective.toFixed(1)}`,
        );
      case 'eval.progress':
        return progress.update('  evaluating', event.done / event.total, `${count(event.done)} texts`);
      case 'eval': {
        evaluations++;
        const value = event.metrics[metric] ?? Number.NaN;
        const loss = losses.length === 0 ? '' : `training loss ${mean(losses).toFixed(3)}, `;
        losses = [];
        const mark = event.isBest ? colors.green(' ← best so far') : '';
        return progress.say(
          `  epoch ${String(Math.round(event.epoch * 100) / 100).padStart(2)}: ${loss}${metric} ${score(value)}, ` +
            `accuracy ${score(event.metrics['accuracy'] ?? Number.NaN)}${evaluations > 0 ? mark : ''}`,
        );
      }
      case 'warning':
        return progress.say(`  ${colors.yellow('!')} ${event.message}`);
      case 'run.finished':
        return progress.say(`  ${FINISHED[event.status]} after ${duration(event.elapsedMs)}`);
      case 'checkpoint':
      case 'run.interrupted':
      case 'run.failed':
        return progress.clear();
    }
  };
}

const FINISHED = {
  completed: 'done',
  'early-stopped': 'stopped early, no improvement for the patience given,',
  'out-of-time': 'stopped, the time given is spent,',
} as const;

function describeData({
  file,
  rows,
  emptyTexts,
  badRows,
  classes,
}: Extract<RunEvent, { type: 'data.read' }>): string {
  const largest = classes[0];
  const smallest = classes.at(-1);
  const left = [
    emptyTexts > 0 && `${emptyTexts} empty left out`,
    badRows > 0 && `${badRows} bad rows left out`,
  ].filter(Boolean);
  return (
    `  ${file}: ${count(rows)} reviews, ${classes.length} classes ` +
    `(${largest?.label} ${largest?.count} … ${smallest?.label} ${smallest?.count})${left.length > 0 ? `; ${left.join(', ')}` : ''}`
  );
}

function describeDecisions({
  file,
  excluded,
  stillMeasured,
  relabelled,
}: Extract<RunEvent, { type: 'data.audited' }>): string {
  const held = stillMeasured === 0 ? '' : ` (${count(stillMeasured)} more are held out, and still measured)`;
  return `${file}: ${counted(excluded, 'row')} left out of training${held}, ${count(relabelled)} relabelled`;
}

function parametersOf({ parameters, trainedParameters }: Extract<RunEvent, { type: 'model.ready' }>): string {
  const millions = (n: number) => (n / 1e6).toFixed(1);
  const all = `${millions(parameters)} M parameters`;
  // embeddings of tokens that no text has only decay
  return trainedParameters === parameters ? all : `${all} (${millions(trainedParameters)} M in use)`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
