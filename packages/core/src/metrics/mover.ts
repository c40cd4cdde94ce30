/**
 * MOVER: an interval of a mean or a difference out of the intervals of its parts, which need not be symmetric. Limits are as far
 * from the whole as the parts' own limits are from the parts, taken together like deviations:
 * low = mean − √(Σ dᵢ rᵢⱼ dⱼ) / k with dᵢ = valueᵢ − lowᵢ, and so above.
 *
 * References: Zou, Donner. Construction of confidence limits about effect measures. Statistics in Medicine 27 (2008). Newcombe.
 * Improved confidence intervals for the difference between binomial proportions based on paired data. Ibid. 17 (1998).
 * Bonett, Price. Adjusted Wald confidence interval for a difference of binomial proportions based on paired data. Journal of
 * Educational and Behavioral Statistics 37 (2012).
 */
import type { Interval } from './binomial.ts';
import { total } from './sums.ts';

/** A number with its interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval;
}

/** √(Σ dᵢ rᵢⱼ dⱼ) @param correlation [distances × distances] */
export function reach(distances: readonly number[], correlation: readonly (readonly number[])[]): number {
  const squares = distances.map((a, i) => total(distances.map((b, j) => a * b * (correlation[i]?.[j] ?? 0))));
  return Math.sqrt(Math.max(0, total(squares)));
}

/**
 * Of second − first, both measured on the same rows. The two move together, as far as resamples show; since a sample in which
 * they never part does not prove that they never do, two more rows are supposed that only one of them answers
 * rightly (Bonett and Price), by which the correlation shrinks.
 *
 * @param drawn what each was on the same resamples
 * @param unit  what one row more or less changes
 */
export function differenceInterval(
  first: Estimate,
  second: Estimate,
  drawn: readonly [first: readonly number[], second: readonly number[]],
  unit: number,
): Interval {
  const [a, b] = [centred(drawn[0]), centred(drawn[1])];
  const inRows = (a.norm * b.norm) / (Math.max(1, drawn[0].length) * unit ** 2); // variance, of which a row has about one
  const correlation = (correlate(a, b) * inRows) / (inRows + 1);
  const apart = (one: number, other: number) =>
    reach(
      [one, other],
      [
        [1, -correlation],
        [-correlation, 1],
      ],
    );
  const difference = second.value - first.value;
  return {
    low: difference - apart(first.interval.high - first.value, second.value - second.interval.low),
    high: difference + apart(first.value - first.interval.low, second.interval.high - second.value),
  };
}

/** Pearson's, between each two series; a series that never changes has none with others. */
export function correlations(series: readonly (readonly number[])[]): number[][] {
  const all = series.map(centred);
  return all.map((a, i) => all.map((b, j) => (i === j ? 1 : correlate(a, b))));
}

interface Centred {
  readonly deviations: readonly number[];
  readonly norm: number;
}

function centred(values: readonly number[]): Centred {
  const mean = total(values) / values.length;
  const deviations = values.map((value) => value - mean);
  return { deviations, norm: Math.sqrt(total(deviations.map((one) => one * one))) };
}

function correlate(a: Centred, b: Centred): number {
  if (a.norm < 1e-12 || b.norm < 1e-12) return 0;
  let sum = 0;
  for (let i = 0; i < a.deviations.length; i++)
    sum += (a.deviations[i] as number) * (b.deviations[i] as number);
  return sum / (a.norm * b.norm);
}
