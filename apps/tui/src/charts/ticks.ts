/** Where an axis is marked, and how: round numbers, few enough to be read. */

/** Below it, a step would be no number any more. */
const LEAST_RANGE = 1e-290;

/** @returns ascending multiples of 1, 2 or 5 times a power of ten within the range, no more than `most`; may be none */
export function ticksIn(low: number, high: number, most: number): number[] {
  if (!(high - low > LEAST_RANGE) || most < 1 || !Number.isFinite(high - low)) return [];
  const multiple = multiplesFor((high - low) / most, (of) => count(low, high, of(1)) <= most);
  const first = Math.ceil(low / multiple(1) - 1e-9);
  return Array.from({ length: count(low, high, multiple(1)) }, (_, i) => multiple(first + i));
}

/** Whole numbers only: steps, epochs. */
export function wholeTicksIn(low: number, high: number, most: number): number[] {
  return ticksIn(low, high, most).filter(Number.isInteger);
}

/** @returns what gives the multiples of the smallest step that will do */
function multiplesFor(
  least: number,
  isEnough: (multiple: (of: number) => number) => boolean,
): (of: number) => number {
  for (let power = Math.floor(Math.log10(least)); ; power++) {
    for (const digit of [1, 2, 5]) {
      // divided by a power of ten, they are the numbers that a person would write; multiplied by a tenth, they are not
      const multiple = (of: number) => (power < 0 ? (of * digit) / 10 ** -power : of * digit * 10 ** power);
      if (multiple(1) >= least * (1 - 1e-9) && isEnough(multiple)) return multiple;
    }
  }
}

function count(low: number, high: number, step: number): number {
  return Math.max(0, Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1);
}

/** @param step between two ticks: no more digits are written than tell them apart */
export function tickText(value: number, step: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) {
    const digits = Math.max(0, exponentOf(size) - exponentOf(step));
    return value.toExponential(Math.min(digits, 2)).replace('e+', 'e');
  }
  if (size >= 1e4) return `${trimmed((value / 1000).toFixed(Math.max(0, 3 - exponentOf(step))))}k`;
  return value.toFixed(Math.max(0, -exponentOf(step)));
}

function exponentOf(value: number): number {
  return Math.floor(Math.log10(value) + 1e-9);
}

function trimmed(decimals: string): string {
  return decimals.includes('.') ? decimals.replace(/\.?0+$/, '') : decimals;
}
