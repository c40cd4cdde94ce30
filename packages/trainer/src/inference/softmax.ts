/** @param logits [rows × classes] @returns probabilities, [rows × classes] */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes);
    const peak = row.reduce((max, value) => Math.max(max, value), -Infinity);
    let total = 0;
    for (const value of row) total += Math.exp(value - peak);
    row.forEach((value, i) => {
      result[from + i] = Math.exp(value - peak) / total;
    });
  }
  return result;
}
