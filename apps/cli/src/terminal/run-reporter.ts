/** A run's events as a person wants to see them: the words of its log, and between them a line that moves. */
import type { Listener, StartedOptions } from '@otzyv/trainer';
import { wordsOf } from '@otzyv/trainer/run-state';
import { colors } from './colors.ts';
import { bytes, count, duration, score } from './format.ts';
import type { Progress } from './progress.ts';

/** @param metric the one by which the best is chosen */
export function runReporter(progress: Progress, metric: string): Listener {
  let losses: number[] = [];
  return (event) => {
    switch (event.type) {
      case 'run.started':
        return progress.say(describeStart(event.options));
      case 'run.paused':
        return progress.say(`  paused at step ${event.step}; otzyv control RUN resume lets it go on`);
      case 'run.unpaused':
        progress.estimateAnew();
        return progress.say('  goes on');
      case 'download': {
        const share = event.totalBytes === undefined ? undefined : event.receivedBytes / event.totalBytes;
        return progress.update(`  downloading ${event.file}`, share, bytes(event.receivedBytes));
      }
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
        const loss = losses.length === 0 ? '' : `training loss ${mean(losses).toFixed(3)}, `;
        losses = [];
        const mark = event.isBest ? colors.green(' ← best so far') : '';
        return progress.say(
          `  epoch ${String(Math.round(event.epoch * 100) / 100).padStart(2)}: ${loss}` +
            `${describeMetrics(event.metrics, metric)}${mark}`,
        );
      }
      case 'checkpoint':
      case 'resources':
      case 'run.interrupted':
      case 'run.failed':
        return progress.clear(); // the command says how to go on
      default:
        for (const { level, text } of wordsOf(event)) {
          progress.say(level === 'info' ? `  ${text}` : `  ${colors.yellow('!')} ${text}`);
        }
    }
  };
}

function describeStart(options: StartedOptions): string {
  const { model, output } = options;
  return 'trainFiles' in options
    ? `${colors.bold(`Pre-training ${model}`)} on ${options.trainFiles.join(', ')} → ${output}`
    : `${colors.bold(`Training ${model}`)} on ${options.trainFile} → ${output}`;
}

/** Perplexity where it was measured; a classifier is told of by the metric it is chosen by. */
function describeMetrics(metrics: Readonly<Record<string, number>>, metric: string): string {
  const value = (name: string) => metrics[name] ?? Number.NaN;
  const accuracy = `accuracy ${score(value('accuracy'))}`;
  return metrics['perplexity'] === undefined
    ? `${metric} ${score(value(metric))}, ${accuracy}`
    : `held-out loss ${score(value('loss'))}, perplexity ${value('perplexity').toFixed(1)}, ${accuracy}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
