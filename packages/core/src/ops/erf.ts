/**
 * The error function to about 1e-15: the Maclaurin series near zero, the continued fraction of erfc beyond
 * (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude > 6) return Math.sign(x);
  if (magnitude < 2.5) {
    let term = magnitude;
    let sum = term;
    for (let n = 1; term > 1e-17 * sum; n++) {
      term *= (2 * magnitude * magnitude) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-magnitude * magnitude) * sum;
  }
  let fraction = magnitude;
  for (let n = 60; n >= 1; n--) fraction = magnitude + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-magnitude * magnitude) / (Math.sqrt(Math.PI) * fraction));
}
