/** The four curves, as many side by side as can be read; Enter makes one of them as large as the screen. */
import type { RunState } from '@otzyv/trainer/run-state';
import { Box } from 'ink';
import { lineChart } from '../charts/line-chart.ts';
import { type CurveChart, chartsOf } from './curves.ts';
import type { Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { useTheme } from './theme-context.ts';

export const CHART_COUNT = 4;

const LEAST = { width: 40, height: 8 };

export interface ChartsProps extends Size {
  readonly state: RunState;
  readonly chosen: number;
  readonly isEnlarged: boolean;
}

export function Charts({ state, chosen, isEnlarged, width, height }: ChartsProps) {
  const theme = useTheme();
  const charts = chartsOf(state, theme);
  const { columns, rows } = isEnlarged ? { columns: 1, rows: 1 } : chartGrid({ width, height });
  const page = columns * rows;
  const first = Math.floor(Math.min(chosen, charts.length - 1) / page) * page;
  const size = {
    width: Math.floor((width - (columns - 1) * 2) / columns),
    height: Math.floor(height / rows),
  };
  return (
    <Box flexDirection="column" width={width} height={height}>
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Box key={row} columnGap={2} height={size.height}>
          {charts.slice(first + row * columns, first + (row + 1) * columns).map((chart) => (
            <ChartPane
              key={chart.title}
              chart={chart}
              isChosen={page < CHART_COUNT || chart === charts[chosen] || isEnlarged}
              {...size}
            />
          ))}
        </Box>
      ))}
    </Box>
  );
}

export function ChartPane({
  chart,
  isChosen = false,
  width,
  height,
}: Size & { readonly chart: CurveChart; readonly isChosen?: boolean }) {
  const theme = useTheme();
  const lines = lineChart({ series: chart.series, width, height: height - 1 }, theme);
  return (
    <LinesPane
      title={chart.title}
      note={chart.note}
      isChosen={isChosen}
      lines={lines}
      width={width}
      height={height}
    />
  );
}

/** @returns how many fit */
export function chartGrid({ width, height }: Size): { columns: number; rows: number } {
  const columns = width >= 2 * LEAST.width ? 2 : 1;
  const most = CHART_COUNT / columns;
  return { columns, rows: Math.max(1, Math.min(most, Math.floor(height / LEAST.height))) };
}
