import { expect, test } from 'vitest';
import { bytes, count, counted } from './numbers.ts';

test('counts are in groups of three, and agree with what is counted', () => {
  expect(count(4_047_369)).toBe('4,047,369');
  expect(counted(1, 'class', 'classes')).toBe('1 class');
  expect(counted(1200, 'row')).toBe('1,200 rows');
  expect(counted(0, 'row')).toBe('0 rows');
});

test('bytes are told in the largest unit of which there is one', () => {
  const told = [0, 999, 1000, 1_234_567, 78e9, 3.5e12, 1e16].map(bytes);
  expect(told).toEqual(['0 B', '999 B', '1.0 KB', '1.2 MB', '78.0 GB', '3.5 TB', '10000.0 TB']);
});
