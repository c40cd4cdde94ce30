/**
 * L-BFGS: a quasi-Newton minimiser for smooth functions of many variables, with a line search that satisfies the
 * strong Wolfe conditions.
 * Reference: Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 7.4, 7.5, 3.5 and 3.6.
 */
export interface Point {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface LbfgsOptions {
  readonly maxIterations: number;
  /** Done when no component of the gradient is larger. */
  readonly gradientTolerance: number;
  /** Pairs of past steps and gradient changes that stand for the curvature. */
  readonly memory?: number;
  /** Called after each iteration; returning true ends the search. */
  readonly onIteration?: (progress: {
    iteration: number;
    value: number;
    gradientNorm: number;
  }) => Promise<boolean> | boolean;
}

export interface Minimum extends Point {
  readonly x: Float64Array;
  readonly iterations: number;
  readonly isConverged: boolean;
}

/** One step of the past; float32 is enough to tell the curvature, for half the memory and its time. */
interface Pair {
  readonly step: Float32Array;
  readonly change: Float32Array;
  /** step · change */
  readonly curvature: number;
  /** ‖change‖² */
  readonly squaredChange: number;
}

const DECREASE = 1e-4;
const CURVATURE = 0.9;

export async function minimize(
  f: (x: Float64Array) => Promise<Point> | Point,
  start: Float64Array,
  { maxIterations, gradientTolerance, memory = 8, onIteration }: LbfgsOptions,
): Promise<Minimum> {
  let x = start;
  let here = await f(x);
  const pairs: Pair[] = [];
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    if (largest(here.gradient) <= gradientTolerance)
      return { ...here, x, iterations: iteration - 1, isConverged: true };
    const direction = searchDirection(here.gradient, pairs);
    const first = pairs.length === 0 ? Math.min(1, 1 / norm(here.gradient)) : 1;
    const found = await lineSearch(f, x, here, direction, first);
    if (found === undefined) return { ...here, x, iterations: iteration - 1, isConverged: false };
    const pair = pairOf(found.x, x, found.gradient, here.gradient);
    if (pair.curvature > 1e-12) {
      pairs.push(pair);
      if (pairs.length > memory) pairs.shift();
    }
    x = found.x;
    here = found;
    const stop = await onIteration?.({ iteration, value: here.value, gradientNorm: norm(here.gradient) });
    if (stop === true) return { ...here, x, iterations: iteration, isConverged: false };
  }
  return { ...here, x, iterations: maxIterations, isConverged: largest(here.gradient) <= gradientTolerance };
}

/** −H·g by the two-loop recursion. */
function searchDirection(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.slice();
  const alphas: number[] = [];
  for (const { step, change, curvature } of pairs.toReversed()) {
    const alpha = dotWithPast(step, q) / curvature;
    alphas.push(alpha);
    addPast(q, change, -alpha);
  }
  const last = pairs.at(-1);
  scale(q, last === undefined ? -1 : -last.curvature / last.squaredChange);
  for (const { step, change, curvature } of pairs) {
    const alpha = alphas.pop() as number;
    // q holds −H·g from here on
    addPast(q, step, -alpha - dotWithPast(change, q) / curvature);
  }
  return q;
}

type Trial = Point & { readonly x: Float64Array; readonly length: number; readonly slope: number };

/** A step length that lowers the function enough and flattens its slope; undefined when rounding leaves none. */
async function lineSearch(
  f: (x: Float64Array) => Promise<Point> | Point,
  x: Float64Array,
  here: Point,
  direction: Float64Array,
  first: number,
): Promise<Trial | undefined> {
  const slope0 = dot(here.gradient, direction);
  if (slope0 >= 0) return undefined;
  const at = async (length: number): Promise<Trial> => {
    const there = x.slice();
    addScaled(there, direction, length);
    const point = await f(there);
    return { ...point, x: there, length, slope: dot(point.gradient, direction) };
  };
  const isLowEnough = (trial: Trial) => trial.value <= here.value + DECREASE * trial.length * slope0;
  const isFlatEnough = (trial: Trial) => Math.abs(trial.slope) <= -CURVATURE * slope0;

  let before: Trial = { ...here, x, length: 0, slope: slope0 };
  let trial = await at(first);
  for (let attempt = 0; attempt < 20; attempt++) {
    if (!isLowEnough(trial) || (attempt > 0 && trial.value >= before.value)) return zoom(before, trial);
    if (isFlatEnough(trial)) return trial;
    if (trial.slope >= 0) return zoom(trial, before);
    before = trial;
    trial = await at(trial.length * 2);
  }
  return before.length > 0 ? before : undefined;

  async function zoom(low: Trial, high: Trial): Promise<Trial | undefined> {
    for (let attempt = 0; attempt < 30; attempt++) {
      const middle = await at(between(low, high));
      if (!isLowEnough(middle) || middle.value >= low.value) high = middle;
      else {
        if (isFlatEnough(middle)) return middle;
        if (middle.slope * (high.length - low.length) >= 0) high = low;
        low = middle;
      }
      if (Math.abs(high.length - low.length) < 1e-12) break;
    }
    return low.length > 0 ? low : undefined;
  }
}

/** The minimum of the parabola through both values and the lower one's slope, kept away from the ends. */
function between(low: Trial, high: Trial): number {
  const width = high.length - low.length;
  const curve = high.value - low.value - low.slope * width;
  const share = curve > 0 ? (-low.slope * width) / (2 * curve) : 0.5;
  return low.length + width * Math.min(0.9, Math.max(0.1, share));
}

function pairOf(x: Float64Array, before: Float64Array, g: Float64Array, gBefore: Float64Array): Pair {
  const step = new Float32Array(x.length);
  const change = new Float32Array(x.length);
  let curvature = 0;
  let squaredChange = 0;
  for (let i = 0; i < x.length; i++) {
    const s = (x[i] as number) - (before[i] as number);
    const y = (g[i] as number) - (gBefore[i] as number);
    step[i] = s;
    change[i] = y;
    curvature += s * y;
    squaredChange += y * y;
  }
  return { step, change, curvature, squaredChange };
}

/** Apart from `dot`, since a loop that meets two kinds of arrays is slow in V8; four sums do not wait for each other. */
function dotWithPast(past: Float32Array, b: Float64Array): number {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let i = 0;
  for (; i + 3 < past.length; i += 4) {
    s += (past[i] as number) * (b[i] as number);
    t += (past[i + 1] as number) * (b[i + 1] as number);
    u += (past[i + 2] as number) * (b[i + 2] as number);
    v += (past[i + 3] as number) * (b[i + 3] as number);
  }
  for (; i < past.length; i++) s += (past[i] as number) * (b[i] as number);
  return s + t + u + v;
}

function addPast(target: Float64Array, past: Float32Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (past[i] as number);
}

function addScaled(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (other[i] as number);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function largest(a: Float64Array): number {
  let peak = 0;
  for (let i = 0; i < a.length; i++) peak = Math.max(peak, Math.abs(a[i] as number));
  return peak;
}

function scale(target: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) * factor;
}
