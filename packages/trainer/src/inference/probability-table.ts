/** Tables of probabilities, [rows × classes] in one array: their rows and columns in another order. */

/** @param probabilities [rows × classes] @returns those of some rows, in the order asked for */
export function rowsOf(probabilities: Float32Array, rows: readonly number[], classes: number): Float32Array {
  const picked = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => {
    picked.set(probabilities.subarray(row * classes, (row + 1) * classes), i * classes);
  });
  return picked;
}

/** @param probabilities [rows × classes], columns in the order of `from` @returns in that of `to` */
export function reordered(
  probabilities: Float32Array,
  from: readonly string[],
  to: readonly string[],
): Float32Array {
  const classes = to.length;
  const order = to.map((label) => from.indexOf(label));
  return probabilities.map(
    (_, i) => probabilities[i - (i % classes) + (order[i % classes] as number)] as number,
  );
}
