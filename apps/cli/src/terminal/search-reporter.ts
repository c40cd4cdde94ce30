/** A search's events: a line a trial, and a bar for the whole. */
import type { RunEvent, SearchEvent } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { bytes, count, counted, duration, score } from './format.ts';
import type { Progress } from './progress.ts';
import { describeRungs, describeSettings } from './search.ts';
import { wrapped } from './width.ts';

export function searchReporter(progress: Progress): (event: SearchEvent) => void {
  let metric = 'f1_weighted';
  let running = { trial: 0, epochs: 0, share: { before: 0, own: 0 } };
  /** The time may be over before the plan is. */
  let shareOfTime = () => 0;
  const said = new Set<string>();
  /** What each run says again is said once. */
  const sayOnce = (line: string) => {
    if (!said.has(line)) progress.say(line);
    said.add(line);
  };

  const ofRun = (event: RunEvent) => {
    const label = `  trial ${running.trial}`;
    switch (event.type) {
      case 'data.split':
        sayOnce(`  ${count(event.train)} rows to train on, ${count(event.validation)} to choose by`);
        for (const warning of event.warnings) sayOnce(`  ${colors.yellow('!')} ${warning}`);
        return;
      case 'engine.ready':
        return sayOnce(`  engine ${event.name}: ${event.reason}`);
      case 'run.paused':
        return progress.say(`${label}: paused at step ${event.step}`);
      case 'run.unpaused':
        progress.estimateAnew();
        return progress.say(`${label}: goes on`);
      case 'warning':
        return sayOnce(`  ${colors.yellow('!')} ${event.message}`);
      case 'download':
        return progress.update(`  downloading ${event.file}`, undefined, bytes(event.receivedBytes));
      case 'step': {
        const { before, own } = running.share;
        const share = before + own * (event.step / event.totalSteps);
        return progress.update(
          label,
          Math.max(share, shareOfTime()),
          `epoch ${event.epoch.toFixed(1)} of ${running.epochs}`,
        );
      }
      case 'linear.iteration':
        return progress.update(label, running.share.before, `iteration ${event.iteration}`);
    }
  };

  return (event) => {
    switch (event.type) {
      case 'search.started': {
        const { base } = event.options;
        metric = base.metric;
        const { maxMinutes } = event.options;
        const begun = performance.now() - event.elapsedMs;
        if (maxMinutes !== undefined) {
          shareOfTime = () => Math.min(1, (performance.now() - begun) / (maxMinutes * 60_000));
        }
        progress.say(`${colors.bold(`Searching ${base.model}`)} on ${base.trainFile} → ${base.output}`);
        progress.say(`  ${describeRungs(event.rungs, base.model)}`);
        if (event.done > 0) progress.say(`  resumed: ${counted(event.done, 'run is', 'runs are')} done`);
        return;
      }
      case 'rung.started':
        if (event.rungs === 1) return;
        return progress.say(
          `  ${colors.bold(`rung ${event.rung + 1} of ${event.rungs}`)}: ${counted(event.epochs, 'epoch')} each`,
        );
      case 'trial.started':
        running = event;
        return;
      case 'trial.event':
        return ofRun(event.event);
      case 'trial.finished': {
        const { trial, value, fault, elapsedMs } = event.run;
        const found = value === undefined ? `lost: ${fault}` : `${metric} ${score(value)}`;
        const mark = event.isBest ? colors.green(' ← best so far') : '';
        const line = `  trial ${String(trial).padStart(2)}: ${found} in ${duration(elapsedMs)}${mark} · ${describeSettings(event.settings)}`;
        return progress.say(wrapped(line, process.stderr.columns || Number.POSITIVE_INFINITY, '      '));
      }
      case 'search.measuring':
        return progress.update('  measuring what was found', undefined, '');
      case 'warning':
        return progress.say(`  ${colors.yellow('!')} ${event.message}`);
    }
  };
}
