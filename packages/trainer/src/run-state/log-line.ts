/** What of a run's events is worth a line of its own, in words. */
import type { LoggedEvent } from '../training/events.ts';

export interface LogLine {
  readonly time: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

/** @returns none for what happens too often to be read */
export function linesOf(event: LoggedEvent): LogLine[] {
  const { time } = event;
  const info = (text: string): LogLine[] => [{ time, level: 'info', text }];
  const warning = (text: string): LogLine => ({ time, level: 'warning', text });
  switch (event.type) {
    case 'run.started':
      return info(`training ${event.options.model} on ${event.options.trainFile}`);
    case 'run.resumed':
      return info(event.step > 0 ? `resumed at step ${event.step}` : 'begun anew: nothing was saved yet');
    case 'data.read':
      return info(`read ${event.rows} reviews of ${event.classes.length} classes from ${event.file}`);
    case 'data.audited':
      return info(
        `${event.file}: ${event.excluded} rows left out of training, ${event.relabelled} relabelled`,
      );
    case 'data.split':
      return [
        ...info(`${event.train} to train on, ${event.validation} to validate on`),
        ...event.warnings.map(warning),
      ];
    case 'model.ready':
      return info(`${event.model}: ${event.parameters} parameters, ${event.totalSteps} steps`);
    case 'engine.ready':
      return info(`engine ${event.name}: ${event.reason}`);
    case 'eval':
      return info(`evaluated at step ${event.step}${event.isBest ? ': the best so far' : ''}`);
    case 'checkpoint':
      return info(`checkpoint at step ${event.step}`);
    case 'warning':
      return [warning(event.message)];
    case 'run.finished':
      return info(`${event.status}: ${event.metric} ${event.value.toFixed(4)}, of step ${event.bestStep}`);
    case 'run.interrupted':
      return info(`interrupted at step ${event.step}`);
    case 'run.failed':
      return [{ time, level: 'error', text: `${event.message} (${event.code})` }];
    default:
      return [];
  }
}
