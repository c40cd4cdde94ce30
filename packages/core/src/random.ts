/**
 * One seeded generator for everything. A stream is named by its seed and a path of keys, so that epoch 7's
 * shuffle can be made without having made the six before it: that is what lets a run resume exactly.
 *
 * Algorithm: sfc32 (Chris Doty-Humphrey, PractRand), seeded through the murmur3 finaliser.
 */

/** A stream of random numbers that its seed and keys determine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of it. */
  uniform(): number;
  /** Standard normal, by the Box–Muller transform. */
  normal(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
}

/** @param keys further numbers or names that single out a stream, e.g. `createRandom(42, 'shuffle', epoch)` */
export function createRandom(seed: number, ...keys: (number | string)[]): Random {
  let [a, b, c] = [0x9e3779b9, 0x243f6a88, 0xb7e15162];
  for (const key of [seed, ...keys].join('\u0000')) {
    a = mix(a ^ (key.codePointAt(0) ?? 0));
    b = mix(b + a);
    c = mix(c ^ b);
  }
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();

  const uniform = () => next() / 2 ** 32;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (limit) => Math.floor(uniform() * limit),
  };
}

/** A shuffled copy (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
