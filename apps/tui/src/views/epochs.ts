/** The metrics by evaluation, the best of them marked. */
import type { RunEvaluation, RunState } from '@otzyv/trainer/run-state';
import { metricName, score } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { type Cell, tableLines } from './table.ts';

/** What is read first; the rest of them where there is room. */
const ORDER = ['f1_weighted', 'f1_macro', 'accuracy', 'log_loss', 'precision_weighted', 'recall_weighted'];

/** @returns no more than `height` lines: the latest, and the best whichever it is */
export function epochLines(
  { evaluations, best, options }: RunState,
  width: number,
  height: number,
  theme: Theme,
): string[] {
  if (evaluations.length === 0) return [theme.dim('not evaluated yet')];
  const metric = options?.metric;
  const known = Object.keys((evaluations.at(-1) as RunEvaluation).metrics);
  const names = [...new Set([...(metric === undefined ? [] : [metric]), ...ORDER, ...known])].filter((name) =>
    known.includes(name),
  );
  const isBest = (one: RunEvaluation) => best !== null && one.step === best.step;
  const page = Math.max(1, height - 1);
  let shown = evaluations.slice(-page);
  if (best !== null && !shown.some(isBest)) shown = [best, ...shown.slice(1)];
  const { star } = theme.glyphs;
  const { head, body } = tableLines(
    [
      { title: ' ' },
      { title: 'epoch', isNumber: true },
      { title: 'step', isNumber: true },
      ...names.map((name) => ({ title: metricName(name), isNumber: true })),
    ],
    shown.map((one): Cell[] => {
      const paint = isBest(one) ? theme.good : (text: string) => text;
      return [
        { text: isBest(one) ? star : '', paint },
        { text: one.epoch.toFixed(Number.isInteger(one.epoch) ? 0 : 1), paint },
        { text: String(one.step), paint },
        ...names.map((name) => ({ text: score(one.metrics[name]), paint })),
      ];
    }),
    width,
    theme,
  );
  return [head, ...body];
}
