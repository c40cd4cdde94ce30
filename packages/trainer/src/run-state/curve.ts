/**
 * A learning curve of any length in bounded memory: neighbouring steps share a point, and whenever there are too many
 * points each stretch becomes twice as long. Which steps share a point depends on their numbers alone, so a curve is the
 * same however its steps arrived; the lowest and highest loss of each stretch are kept, so spikes stay.
 */

/** More than a screen can tell apart. */
export const MOST_POINTS = 512;

/** The steps of one stretch, together. */
export interface CurvePoint {
  /** the last of them */
  readonly step: number;
  readonly steps: number;
  /** their mean */
  readonly loss: number;
  readonly lowest: number;
  readonly highest: number;
  /** as smoothed up to the last step */
  readonly smoothedLoss: number;
  /** the last; null for a model that has none */
  readonly learningRate: number | null;
  /** their mean */
  readonly gradientNorm: number;
}

export interface Curve {
  /** steps that share a point: 1, 2, 4, … */
  readonly stride: number;
  /** by ascending step, no more than `MOST_POINTS` */
  readonly points: readonly CurvePoint[];
}

export const EMPTY_CURVE: Curve = { stride: 1, points: [] };

/** A step by itself, as it is added. */
export type AddedStep = Omit<CurvePoint, 'steps' | 'lowest' | 'highest'>;

/** @param added steps after all that the curve has, in their order @returns a curve of its own: copied once, however many they are */
export function withSteps(curve: Curve, added: readonly AddedStep[]): Curve {
  let { stride } = curve;
  let points = [...curve.points];
  for (const step of added) {
    const point = pointOf(step);
    const last = points.at(-1);
    if (last !== undefined && isSameStretch(last, point, stride))
      points[points.length - 1] = together(last, point);
    else points.push(point);
    if (points.length > MOST_POINTS) {
      stride *= 2;
      points = joined(points, stride);
    }
  }
  return { stride, points };
}

function pointOf({ step, loss, smoothedLoss, learningRate, gradientNorm }: AddedStep): CurvePoint {
  return { step, steps: 1, loss, lowest: loss, highest: loss, smoothedLoss, learningRate, gradientNorm };
}

/** What is left when a run goes on from a step: those after it will be made anew. */
export function upTo({ stride, points }: Curve, step: number): Curve {
  return { stride, points: points.filter((point) => point.step <= step) };
}

function joined(points: readonly CurvePoint[], stride: number): CurvePoint[] {
  const result: CurvePoint[] = [];
  for (const point of points) {
    const last = result.at(-1);
    if (last !== undefined && isSameStretch(last, point, stride))
      result[result.length - 1] = together(last, point);
    else result.push(point);
  }
  return result;
}

function isSameStretch(a: CurvePoint, b: CurvePoint, stride: number): boolean {
  return Math.floor((a.step - 1) / stride) === Math.floor((b.step - 1) / stride);
}

function together(a: CurvePoint, b: CurvePoint): CurvePoint {
  const steps = a.steps + b.steps;
  const mean = (x: number, y: number) => (x * a.steps + y * b.steps) / steps;
  return {
    step: b.step,
    steps,
    loss: mean(a.loss, b.loss),
    lowest: Math.min(a.lowest, b.lowest),
    highest: Math.max(a.highest, b.highest),
    smoothedLoss: b.smoothedLoss,
    learningRate: b.learningRate,
    gradientNorm: mean(a.gradientNorm, b.gradientNorm),
  };
}
