/** How far the cursor may go on what is looked at. */
import type { WatchedRun } from '../reader/run-feed.ts';
import type { RunSummary } from '../reader/run-source.ts';
import { type Extent, placeOf, type Ui } from '../ui-state.ts';
import { CHART_COUNT } from './charts.tsx';
import type { Difference } from './compare.tsx';
import { shownClasses, shownExamples, shownLog, shownSettings } from './run-screen.tsx';

export interface Shown {
  readonly ui: Ui;
  readonly runs: readonly RunSummary[];
  readonly run: WatchedRun | undefined;
  readonly differences: readonly Difference[];
  /** rows of the screen between title and keys */
  readonly height: number;
}

export function extentOf({ ui, runs, run, differences, height }: Shown): Extent {
  const runIds = runs.map(({ id }) => id);
  const of = (rows: number, columns = 0): Extent => ({ runIds, rows, columns, page: height });
  const place = placeOf(ui);
  if (place === 'runs') return of(runs.length);
  if (place === 'compare') return of(differences.length);
  if (run === undefined) return of(0);
  switch (place) {
    case 'charts':
      return of(CHART_COUNT);
    case 'classes':
      return of(shownClasses(run, ui)?.length ?? 0);
    case 'confusion': {
      const labels = run.state.confusion?.labels.length ?? 0;
      return of(labels, labels);
    }
    case 'examples':
      return of(shownExamples(run, ui).length);
    case 'log':
      return of(shownLog(run, ui).length);
    case 'config':
      return of(shownSettings(run, ui).length);
    default:
      return of(0);
  }
}
