/** What a model of 8 bits cost, beside the one it was made from. */
import type { QuantizationCost } from '@otzyv/trainer';
import { count, percent } from './format.ts';
import { table } from './table.ts';

export function describeQuantization({
  rows,
  f1Weighted: { float32, int8 },
  agreement,
  largestDifference,
}: QuantizationCost): string {
  return [
    table(
      ['f1_weighted', 'float32', 'int8', 'lost'],
      [[`on ${count(rows)} texts`, float32.toFixed(4), int8.toFixed(4), (float32 - int8).toFixed(4)]],
    ),
    `${percent(agreement)} of the texts get the same label; no probability differs by more than ${largestDifference.toFixed(3)}`,
    'otzyv predict --dtype int8 uses it',
  ].join('\n');
}
