import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { themeOf } from '../terminal/theme.ts';
import { widthOf } from '../text.ts';
import { lineChart } from './line-chart.ts';

const unicode = themeOf({ hasUnicode: true, colors: 'none' });
const ascii = themeOf({ hasUnicode: false, colors: 'none' });
const as = (text: string) => text;

const points = fc
  .array(fc.double({ noNaN: false }), { maxLength: 60 })
  .map((values) => values.map((y, i) => ({ x: i + 1, y })));
const sizes = fc.record({ width: fc.integer({ min: 1, max: 120 }), height: fc.integer({ min: 1, max: 40 }) });

describe('of any curve, in any room', () => {
  test.each([
    ['in braille', unicode],
    ['in ASCII', ascii],
  ])('as many lines as asked for, each as wide, %s', (_, theme) => {
    fc.assert(
      fc.property(points, sizes, (values, { width, height }) => {
        const lines = lineChart({ series: [{ points: values, paint: as }], width, height }, theme);
        expect(lines).toHaveLength(height);
        for (const line of lines) expect(widthOf(line)).toBe(width);
      }),
    );
  });

  test('in ASCII nothing else is used', () => {
    fc.assert(
      fc.property(points, sizes, (values, { width, height }) => {
        const lines = lineChart({ series: [{ points: values, paint: as }], width, height }, ascii);
        expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  test('every column between the first and the last point is drawn', () => {
    fc.assert(
      fc.property(points, ({ length }) => {
        fc.pre(length > 1);
        const values = Array.from({ length }, (_, i) => ({ x: i + 1, y: Math.sin(i) }));
        const lines = lineChart({ series: [{ points: values, paint: as }], width: 60, height: 12 }, unicode);
        const body = lines.slice(0, -2).map((line) => line.split(/[│┤]/)[1] as string);
        for (let column = 0; column < (body[0] as string).length; column++)
          expect(body.some((line) => line[column] !== ' ')).toBe(true);
      }),
    );
  });
});

test('a falling line falls, and its axes are marked', () => {
  const series = [{ points: [1, 2, 3, 4, 5].map((x) => ({ x, y: 10 - 2 * x })), paint: as }];
  expect(lineChart({ series, width: 24, height: 7 }, ascii).map((line) => line.trimEnd())).toEqual([
    '  |***',
    '  |   *****',
    '5 +        *****',
    '  |             *****',
    '0 +                  ***',
    '  +--------------------+',
    '                       5',
  ]);
});

test('a gap is left where there is no number, and one point alone is seen', () => {
  const gap = [1, 2, 3, 4, 5, 6, 7].map((x) => ({ x, y: x === 4 ? Number.NaN : 1 }));
  const [body] = lineChart({ series: [{ points: gap, paint: as }], width: 31, height: 4 }, ascii).filter(
    (line) => line.includes('*'),
  );
  expect(body).toMatch(/\*+ +\*+/);
  const alone = lineChart(
    { series: [{ points: [{ x: 3, y: 0.5 }], paint: as }], width: 31, height: 6 },
    ascii,
  );
  expect(alone.join('').match(/\*/g)).toHaveLength(1);
});

test('what is drawn later lies over what was drawn before, in its own paint', () => {
  const flat = (paint: (text: string) => string) => ({
    points: [
      { x: 1, y: 1 },
      { x: 2, y: 1 },
    ],
    paint,
  });
  const first = (text: string) => text.replace(/\S/g, 'a');
  const last = (text: string) => text.replace(/\S/g, 'b');
  const text = lineChart({ series: [flat(first), flat(last)], width: 30, height: 6 }, unicode).join('');
  expect(text).toContain('bbb');
  expect(text).not.toContain('a');
});

test('dots are not joined, and a few far out do not stretch the axis', () => {
  const points = Array.from({ length: 200 }, (_, i) => ({
    x: i + 1,
    y: i === 100 ? 1000 : 1 + (i % 5) / 10,
  }));
  const lines = lineChart({ series: [{ points, paint: as, isDots: true }], width: 40, height: 10 }, unicode);
  expect(lines.join('')).not.toContain('1000');
  const two = [
    { x: 1, y: 1 },
    { x: 100, y: 2 },
  ];
  const dots = lineChart(
    { series: [{ points: two, paint: as, isDots: true }], width: 40, height: 10 },
    ascii,
  );
  expect(dots.join('').match(/\*/g)).toHaveLength(2);
});

test('says so where there is nothing to draw', () => {
  expect(lineChart({ series: [], width: 30, height: 5 }, unicode).join('')).toContain('nothing yet');
});
