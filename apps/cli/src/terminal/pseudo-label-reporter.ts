/** A self-training's events as a person wants to see them: what joins in each round, and how its run goes. */
import type { PseudoLabelEvent } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { count, counted, duration, score } from './format.ts';
import type { Progress } from './progress.ts';
import { runReporter } from './run-reporter.ts';

export function pseudoLabelReporter(progress: Progress): (event: PseudoLabelEvent) => void {
  let metric = '';
  let ofRun = runReporter(progress, metric);
  return (event) => {
    switch (event.type) {
      case 'pseudo-label.started':
        metric = event.metric;
        return progress.say(`  ${event.options.run}: ${metric} ${score(event.before)}`);
      case 'unlabelled.read':
        return progress.say(
          `  ${event.file}: ${counted(event.texts, 'text')} that may join; ${count(event.known)} known, ` +
            `${counted(event.copies, 'copy', 'copies')} and ${count(event.empty)} without a word left out`,
        );
      case 'round.answering':
        return progress.update(
          `  round ${event.round}: answering`,
          event.done / event.total,
          `${count(event.done)} texts`,
        );
      case 'round.selected':
        ofRun = runReporter(progress, metric); // each run has losses of its own
        return progress.say(
          `  ${colors.bold(`round ${event.round}`)}: sure of ${counted(event.confident, 'text')}, ${count(event.joined)} join`,
        );
      case 'round.event':
        return ofRun(event.event);
      case 'round.finished': {
        const mark = event.isBest ? colors.green(' ← best so far') : '';
        return progress.say(
          `  round ${event.round}: ${metric} ${score(event.value)} in ${duration(event.elapsedMs)}${mark}`,
        );
      }
      default:
        return ofRun(event);
    }
  };
}
