/** A small line chart as SVG. */
import { escapeHtml } from './page.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Drawn as a dot. */
  readonly isMarked?: boolean;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [480, 240, 48, 28, 28];

/** @param points at least two, by ascending x */
export function lineChart(title: string, points: readonly Point[]): string {
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0];
  const low = points.reduce((least, point) => Math.min(least, point.y), Infinity);
  const high = points.reduce((most, point) => Math.max(most, point.y), -Infinity);
  const x = scale(first, last, LEFT, WIDTH - 12);
  const y = scale(low, high, HEIGHT - BOTTOM, TOP);
  const path = thinned(points)
    .map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x)} ${y(point.y)}`)
    .join('');
  const dots = points
    .filter(({ isMarked }) => isMarked)
    .map(
      (point) =>
        `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="4" fill="var(--accent)"><title>${point.y.toFixed(3)}</title></circle>`,
    );
  const label = (value: number) =>
    `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${value.toFixed(2)}</text><line x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(value)}" y2="${y(value)}" stroke="var(--line)"/>`;
  return `<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">
<text x="${LEFT}" y="16" font-weight="600">${escapeHtml(title)}</text>
${label(low)}${high > low ? label(high) : ''}
<text x="${LEFT}" y="${HEIGHT - 8}">step ${first}</text><text x="${WIDTH - 12}" y="${HEIGHT - 8}" text-anchor="end">${last}</text>
<path d="${path}" fill="none" stroke="var(--accent)" stroke-width="1.6"/>${dots.join('')}
</svg>`;
}

/** No more points than can be told apart: of each stretch the lowest and the highest, so that spikes stay. */
function thinned(points: readonly Point[]): readonly Point[] {
  const stretch = Math.ceil(points.length / WIDTH);
  if (stretch <= 2) return points;
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, i) =>
    points.slice(i * stretch, (i + 1) * stretch),
  ).flatMap((part) => {
    const byHeight = part.toSorted((a, b) => a.y - b.y);
    return [byHeight[0] as Point, byHeight.at(-1) as Point].sort((a, b) => a.x - b.x);
  });
}

function scale(low: number, high: number, from: number, to: number) {
  const span = high - low || 1;
  return (value: number) => Math.round((from + ((value - low) / span) * (to - from)) * 10) / 10;
}
