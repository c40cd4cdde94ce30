import { expect, test } from 'vitest';
import { lineChart } from './line-chart.ts';

test('a long run is drawn with as many points as can be told apart, its spikes included', () => {
  const points = Array.from({ length: 300_000 }, (_, x) => ({ x, y: x === 123_456 ? 9 : 1 + (x % 2) }));
  const svg = lineChart('loss', points);
  expect(svg.length).toBeLessThan(30_000);
  expect(svg).toContain('>9.00</text>');
  const [, path = ''] = /<path d="([^"]+)"/.exec(svg) ?? [];
  const heights = path
    .split(/[ML]/)
    .slice(1)
    .map((pair) => Number(pair.split(' ')[1]));
  expect(heights.filter((y) => y === Math.min(...heights))).toHaveLength(1);
});

test('what a title holds is escaped', () => {
  const points = [
    { x: 1, y: 1 },
    { x: 2, y: 2 },
  ];
  expect(lineChart('<script>', points)).not.toContain('<script>');
});
