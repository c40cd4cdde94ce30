/**
 * Lines on a grid of characters. In braille a character holds 2 × 4 dots, so that a curve of 60 columns has 120 places across;
 * without Unicode it holds one mark. A character shows one series: the last that was drawn there.
 */
export interface Canvas {
  /** in dots */
  readonly width: number;
  readonly height: number;
  /** @param y from the top */
  dot(x: number, y: number, series: number): void;
  /** @returns a row for each line of text: characters, and whose each is (-1: nobody's) */
  rows(): { readonly characters: readonly string[]; readonly owners: readonly number[] }[];
}

const BRAILLE = 0x2800;
/** bit of the dot at [y][x] */
const BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** What each series is drawn with where there are no dots. */
export const MARKS = ['*', '.', 'o', '+', 'x', '#'];

/** @param columns in characters */
export function brailleCanvas(columns: number, lines: number): Canvas {
  return canvas(columns, lines, [2, 4], (bits) => String.fromCharCode(BRAILLE + bits));
}

export function asciiCanvas(columns: number, lines: number): Canvas {
  return canvas(columns, lines, [1, 1], (_, owner) => MARKS[owner % MARKS.length] as string);
}

function canvas(
  columns: number,
  lines: number,
  [dotsAcross, dotsDown]: readonly [number, number],
  characterOf: (bits: number, owner: number) => string,
): Canvas {
  const bits = new Uint8Array(columns * lines);
  const owners = new Int8Array(columns * lines).fill(-1);
  return {
    width: columns * dotsAcross,
    height: lines * dotsDown,
    dot: (x, y, series) => {
      const [column, line] = [Math.floor(x / dotsAcross), Math.floor(y / dotsDown)];
      if (column < 0 || column >= columns || line < 0 || line >= lines) return;
      const at = line * columns + column;
      bits[at] = (bits[at] ?? 0) | (BITS[y % dotsDown]?.[x % dotsAcross] ?? 0);
      owners[at] = series;
    },
    rows: () =>
      Array.from({ length: lines }, (_, line) => {
        const row = [...owners.subarray(line * columns, (line + 1) * columns)];
        const characters = row.map((owner, column) =>
          owner < 0 ? ' ' : characterOf(bits[line * columns + column] ?? 0, owner),
        );
        return { characters, owners: row };
      }),
  };
}

/** Every dot between two, by Bresenham. */
export function line(
  canvas: Canvas,
  from: readonly [number, number],
  to: readonly [number, number],
  series: number,
): void {
  let [x, y] = from;
  const [dx, dy] = [Math.abs(to[0] - x), -Math.abs(to[1] - y)];
  const [stepX, stepY] = [Math.sign(to[0] - x), Math.sign(to[1] - y)];
  for (let error = dx + dy; ; ) {
    canvas.dot(x, y, series);
    if (x === to[0] && y === to[1]) return;
    const doubled = 2 * error;
    if (doubled >= dy) {
      error += dy;
      x += stepX;
    }
    if (doubled <= dx) {
      error += dx;
      y += stepY;
    }
  }
}
