/** A line chart as SVG, with the values under the pointer; in words for who cannot see it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSpeech } from './language.tsx';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ChartProps {
  title: string;
  /** by ascending x */
  points: readonly Point[];
  /** between these the values were; drawn behind */
  band?: readonly { readonly x: number; readonly low: number; readonly high: number }[];
  /** drawn faint, behind the points */
  behind?: readonly Point[];
  /** which point is ringed */
  marked?: number | undefined;
  hasDots?: boolean;
  /** where the axis ends though the points do not yet */
  lastX?: number | undefined;
  format: (value: number) => string;
  formatX: (x: number) => string;
}

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [220, 56, 14, 10, 28];

export function Chart({
  title,
  points,
  band = [],
  behind = [],
  marked,
  hasDots,
  lastX,
  ...formats
}: ChartProps) {
  const { say } = useSpeech();
  const { format, formatX } = formats;
  const [pointer, setPointer] = useState<number>();
  const [width, place] = useWidth();
  const last = points.at(-1);
  if (last === undefined) {
    return (
      <figure class="chart">
        <figcaption>
          <span>{title}</span>
          <span class="at">{say.none}</span>
        </figcaption>
      </figure>
    );
  }
  const heights = [...points, ...behind].map(({ y }) => y);
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const [firstX, endX] = [points[0]?.x ?? 0, Math.max(last.x, lastX ?? last.x)];
  const x = scale(firstX, endX, LEFT, width - RIGHT);
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  const [bottom, top] = [low - margin, high + margin];
  const y = scale(bottom, top, HEIGHT - BOTTOM, TOP);
  const clamp = (value: number) => Math.min(top, Math.max(bottom, value));
  const path = (line: readonly Point[]) =>
    line.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x)} ${y(point.y)}`).join('');
  const area =
    band.length < 2
      ? ''
      : `${path(band.map((one) => ({ x: one.x, y: clamp(one.high) })))}${path(
          band.toReversed().map((one) => ({ x: one.x, y: clamp(one.low) })),
        ).replace('M', 'L')}Z`;
  const shown = pointer === undefined ? undefined : nearest(points, pointer);
  const onPointer = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * width - LEFT) / (width - LEFT - RIGHT);
    setPointer(firstX + Math.min(1, Math.max(0, share)) * (endX - firstX));
  };
  const best = marked === undefined ? undefined : points[marked];
  const told = shown ?? last;
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <span class="value">
          {shown !== undefined && <span class="at">{formatX(shown.x)}</span>} {format(told.y)}
        </span>
      </figcaption>
      <svg
        ref={place}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={say.chart(title, format(last.y), format(low), format(high))}
        onPointerMove={onPointer}
        onPointerLeave={() => setPointer(undefined)}
      >
        {ticks(low, high).map((value) => (
          <g key={value} class="tick">
            <line x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 8} y={y(value) + 4} text-anchor="end">
              {format(value)}
            </text>
          </g>
        ))}
        <text class="axis" x={LEFT} y={HEIGHT - 8}>
          {formatX(firstX)}
        </text>
        {endX > firstX && (
          <text class="axis" x={width - RIGHT} y={HEIGHT - 8} text-anchor="end">
            {formatX(endX)}
          </text>
        )}
        {area !== '' && <path class="band" d={area} />}
        {behind.length > 1 && <path class="behind" d={path(behind)} />}
        {points.length > 1 && <path class="line" d={path(points)} />}
        {(hasDots === true || points.length === 1) &&
          points.map((point) => <circle key={point.x} class="dot" cx={x(point.x)} cy={y(point.y)} r="3.5" />)}
        {best !== undefined && <circle class="ring" cx={x(best.x)} cy={y(best.y)} r="7" />}
        {shown !== undefined && (
          <g class="pointer">
            <line x1={x(shown.x)} x2={x(shown.x)} y1={TOP} y2={HEIGHT - BOTTOM} />
            <circle cx={x(shown.x)} cy={y(shown.y)} r="4" />
          </g>
        )}
      </svg>
    </figure>
  );
}

/** As wide as there is room, so that its letters are as large as all others. */
function useWidth() {
  const [width, setWidth] = useState(480);
  const place = useRef<SVGSVGElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(200, entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, place] as const;
}

function nearest(points: readonly Point[], x: number): Point | undefined {
  return points.reduce<Point | undefined>(
    (found, one) => (found === undefined || Math.abs(one.x - x) < Math.abs(found.x - x) ? one : found),
    undefined,
  );
}

/** Round values, three to five of them. */
function ticks(low: number, high: number): number[] {
  if (high <= low) return [low];
  const rough = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((n) => n * power >= rough * 0.75) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

function scale(low: number, high: number, from: number, to: number) {
  const span = high - low || 1;
  return (value: number) => Math.round((from + ((value - low) / span) * (to - from)) * 10) / 10;
}
