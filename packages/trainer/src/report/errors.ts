/** Where a model errs: class by class, and which class it takes for which. */
import type { EvaluationResult } from '../training/evaluate.ts';
import type { Chart, Drawing } from './chart.ts';
import {
  ACCENT,
  categoryAxis,
  FONT_SIZE,
  intervalLines,
  MUTED,
  nameLabels,
  nameRoom,
  valueAxis,
} from './chart-parts.ts';
import { confusionList, matrixChart } from './confusions.ts';
import { type Html, quoted, scoreCell, section, table } from './html.ts';
import { count, score } from './numbers.ts';

/** More are neither drawn nor told apart at a glance: the most frequent are shown. */
const MOST_CLASSES = 40;

export function errorsSection(draw: Drawing, result: EvaluationResult): Html {
  const shown = mostFrequent(result);
  const left = result.labels.length - shown.length;
  const note =
    left === 0
      ? ''
      : `<p class="small">The ${shown.length} most frequent classes are drawn; ${left} more are in the table.</p>`;
  return section(
    'errors',
    'Where it errs',
    'Precision: of what the model called so, how much was. Recall: of what was so, how much it found. F1 is high only where both are.',
    note,
    draw(classChart(result, shown)),
    classTable(result),
    draw(matrixChart(result, shown, 'counts'), matrixChart(result, shown, 'shares')),
    confusionList(result),
  );
}

function mostFrequent({ labels, report }: EvaluationResult): number[] {
  const support = (id: number) => report.classes[id]?.support ?? 0;
  const ids = [...labels.keys()];
  if (ids.length <= MOST_CLASSES) return ids;
  return ids
    .sort((a, b) => support(b) - support(a))
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b);
}

function classTable(result: EvaluationResult): Html {
  const intervals = result.intervals;
  const rows = result.labels.map((label, id) => {
    const scores = result.report.classes[id];
    const ranges = intervals?.classes[id];
    return [
      quoted(label),
      scoreCell(scores?.f1, ranges?.f1),
      scoreCell(scores?.precision, ranges?.precision),
      scoreCell(scores?.recall, ranges?.recall),
      count(scores?.support ?? 0),
    ];
  });
  const columns = ['F1', 'precision', 'recall', 'reviews'].map((title) => ({ title, isNumber: true }));
  return table('Scores by class', [{ title: 'class' }, ...columns], rows, 'stacked');
}

/** F1 of each class as a point, its interval as a line. */
function classChart(result: EvaluationResult, shown: readonly number[]): Chart {
  const { labels, report } = result;
  const intervals = result.intervals;
  const f1 = (id: number) => report.classes[id]?.f1 ?? 0;
  const ids = shown.toSorted((a, b) => f1(a) - f1(b));
  const names = ids.map((id) => labels[id] as string);
  const supports = ids.map((id) => count(report.classes[id]?.support ?? 0));
  const ranges = ids.map((id) => intervals?.classes[id]?.f1);
  const height = 32 + 26 * ids.length;
  const said = `the number at the right is how many reviews it rests on`;
  return {
    title: 'F1 by class',
    description: `F1 by class, from ${score(f1(ids[0] ?? 0))} for ${names[0]} to ${score(f1(ids.at(-1) ?? 0))} for ${names.at(-1)}. All values stand in the table below.`,
    caption:
      intervals === undefined
        ? `The point is the score, ${said}.`
        : `The point is the score, the line its 95&nbsp;% interval; ${said}. Few reviews, long line.`,
    heights: [height, height],
    isWide: true,
    option: (place) => {
      const room = nameRoom(names, place);
      return {
        grid: { left: room, right: 44, top: 4, bottom: 24 },
        xAxis: valueAxis('', { min: 0, max: 1, interval: 0.2 }),
        yAxis: [
          categoryAxis(names, { axisLabel: nameLabels(room) }),
          categoryAxis(supports, {
            position: 'right',
            axisLabel: { color: MUTED, fontSize: FONT_SIZE, interval: 0 },
          }),
        ],
        series: [
          ...intervalLines(ranges),
          {
            ...{ type: 'scatter', symbolSize: 10, itemStyle: { color: ACCENT, opacity: 1 }, z: 3 },
            data: ids.map((id, at) => [f1(id), at]),
          },
        ],
      };
    },
  };
}
