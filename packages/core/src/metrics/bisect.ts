/** Where a growing function passes a value, found by halving: slow, and never wrong. */

/** @returns where `isBelow` turns from true to false between `low` and `high`, to float64's precision */
export function bisect(isBelow: (x: number) => boolean, low: number, high: number): number {
  let [from, to] = [low, high];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (from + to) / 2;
    if (isBelow(middle)) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}
