import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quotedForShell } from './shell.ts';

test('a shell reads any words back as they were', () => {
  const word = fc.string({
    unit: fc.constantFrom(...`aЖ👕09 '"\\$\`!*?[]{}()<>|&;~#=-_./,:@%+\n\t`),
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
      const read = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(quotedForShell).join(' ')}`], {
        encoding: 'utf8',
      });
      expect(read.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});

test('what a shell takes as it is stays as it is', () => {
  expect(quotedForShell('runs/отзывы-1.csv')).toBe('runs/отзывы-1.csv');
  expect(quotedForShell('мои отзывы.csv')).toBe("'мои отзывы.csv'");
});
