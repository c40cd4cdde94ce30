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
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const x = scale(Math.min(...xs), Math.max(...xs), LEFT, WIDTH - 12);
  const y = scale(Math.min(...ys), Math.max(...ys), HEIGHT - BOTTOM, TOP);
  const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x)} ${y(point.y)}`).join('');
  const dots = points
    .filter(({ isMarked }) => isMarked)
    .map(
      (point) =>
        `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="4" fill="var(--accent)"><title>${point.y.toFixed(3)}</title></circle>`,
    );
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const label = (value: number) =>
    `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${value.toFixed(2)}</text><line x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(value)}" y2="${y(value)}" stroke="var(--line)"/>`;
  return `<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">
<text x="${LEFT}" y="16" font-weight="600">${escapeHtml(title)}</text>
${label(low)}${high > low ? label(high) : ''}
<text x="${LEFT}" y="${HEIGHT - 8}">step ${xs[0]}</text><text x="${WIDTH - 12}" y="${HEIGHT - 8}" text-anchor="end">${xs.at(-1)}</text>
<path d="${path}" fill="none" stroke="var(--accent)" stroke-width="1.6"/>${dots.join('')}
</svg>`;
}

function scale(low: number, high: number, from: number, to: number) {
  const span = high - low || 1;
  return (value: number) => Math.round((from + ((value - low) / span) * (to - from)) * 10) / 10;
}
