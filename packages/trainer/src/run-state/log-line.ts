/** What of a run's events is worth a line of its own, in words: the one home of these, whoever shows them. */
import { count, counted, duration, percent } from '../report/numbers.ts';
import type { LoggedEvent, RunEvent } from '../training/events.ts';

/** A line, without its time. */
export interface Words {
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

export interface LogLine extends Words {
  readonly time: string;
}

/** @returns none for what happens too often to be read */
export function linesOf(event: LoggedEvent): LogLine[] {
  return wordsOf(event).map((words) => ({ time: event.time, ...words }));
}

/** The same, of an event as it is told. */
export function wordsOf(event: RunEvent): Words[] {
  switch (event.type) {
    case 'run.started':
      return info(started(event));
    case 'run.resumed':
      return info(event.step > 0 ? `resumed at step ${event.step}` : 'begun anew: nothing was saved yet');
    case 'run.paused':
      return info(`paused at step ${event.step}`);
    case 'run.unpaused':
      return info('goes on');
    case 'stop.requested':
      return info(event.when === 'epoch' ? 'asked to stop after this epoch' : 'asked to stop');
    case 'data.read':
      return info(dataRead(event));
    case 'data.gathered':
      return info(textsGathered(event));
    case 'data.audited':
      return info(decisionsTaken(event));
    case 'data.split':
      return [
        ...info(`${count(event.train)} to train on, ${count(event.validation)} to validate on`),
        ...event.warnings.map(warning),
      ];
    case 'model.ready':
      return modelReady(event);
    case 'engine.ready':
      return info(`engine ${event.name}: ${event.reason}`);
    case 'eval':
      return info(`evaluated at step ${event.step}${event.isBest ? ': the best so far' : ''}`);
    case 'checkpoint':
      return info(`checkpoint at step ${event.step}`);
    case 'warning':
      return [warning(event.message)];
    case 'run.finished':
      return info(
        `${ENDS[event.status]} after ${duration(event.elapsedMs)}: ` +
          `${event.metric} ${event.value.toFixed(4)}, of step ${event.bestStep}`,
      );
    case 'run.interrupted':
      return info(`interrupted at step ${event.step}`);
    case 'run.failed':
      return [{ level: 'error', text: `${event.message} (${event.code})` }];
    default:
      return [];
  }
}

const ENDS = {
  completed: 'done',
  'early-stopped': 'stopped early, no improvement for the patience given,',
  'out-of-time': 'stopped, the time given is spent,',
  stopped: 'stopped, as asked,',
} as const;

function info(...texts: string[]): Words[] {
  return texts.map((text) => ({ level: 'info', text }));
}

function warning(text: string): Words {
  return { level: 'warning', text };
}

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

function started({ options }: Of<'run.started'>): string {
  const { model, output } = options;
  return 'trainFiles' in options
    ? `pre-training ${model} on ${options.trainFiles.join(', ')} → ${output}`
    : `training ${model} on ${options.trainFile} → ${output}`;
}

function dataRead({ file, rows, emptyTexts, badRows, classes }: Of<'data.read'>): string {
  const [largest, smallest] = [classes[0], classes.at(-1)];
  const sizes = `${largest?.label} ${largest?.count} … ${smallest?.label} ${smallest?.count}`;
  const labels = classes.length === 0 ? '' : `, ${counted(classes.length, 'class', 'classes')} (${sizes})`;
  const left = [
    ...(emptyTexts > 0 ? [`${count(emptyTexts)} empty left out`] : []),
    ...(badRows > 0 ? [`${counted(badRows, 'bad row')} left out`] : []),
  ];
  const leftOut = left.length > 0 ? `; ${left.join(', ')}` : '';
  return `${file}: ${counted(rows, 'review')}${labels}${leftOut}`;
}

function textsGathered({ texts, copies, excluded }: Of<'data.gathered'>): string {
  const left = [
    ...(copies > 0 ? [`${counted(copies, 'exact copy', 'exact copies')} left out`] : []),
    ...(excluded > 0 ? [`${count(excluded)} left out as the files to exclude have them`] : []),
  ];
  return [`${counted(texts, 'different text')}`, ...left].join('; ');
}

function decisionsTaken({ file, excluded, stillMeasured = 0, relabelled }: Of<'data.audited'>): string {
  const held = stillMeasured === 0 ? '' : ` (${count(stillMeasured)} more are held out, and still measured)`;
  return `${file}: ${counted(excluded, 'row')} left out of training${held}, ${count(relabelled)} relabelled`;
}

function modelReady({
  parameters,
  trainedParameters = parameters, // logs of earlier versions have none
  vocabulary,
  totalSteps,
  truncatedShare,
  newWeights,
}: Of<'model.ready'>): Words[] {
  const millions = (n: number) => `${(n / 1e6).toFixed(1)} M`;
  // embeddings of tokens that no text has only decay
  const used = trainedParameters === parameters ? '' : ` (${millions(trainedParameters)} in use)`;
  return info(
    `${millions(parameters)} parameters${used}, ${count(vocabulary)} tokens, ${counted(totalSteps, 'step')}; ` +
      `${percent(truncatedShare)} of texts are cut`,
    ...(newWeights.length > 0
      ? [`${counted(newWeights.length, 'weight')} at random to begin with: ${newWeights.join(', ')}`]
      : []),
  );
}
