/** A long look at data, and Ctrl-C in the middle of it. */
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { at, start, until } from './testing/otzyv.ts';

// Windows has no signals to send
test.skipIf(process.platform === 'win32')('Ctrl-C ends inspect at once: one line, and 130', async () => {
  const row = `${'Чайник закипает быстро но крышка ходит ходуном. '.repeat(20)},посуда\n`;
  // the bad row is told of when the reading has begun; all the others take many seconds
  await writeFile(at('large.csv'), `text,label\nсломана\n${row.repeat(50_000)}`);
  const started = start('inspect', 'large.csv', '--skip-bad-rows');
  await until(() => started.heard().includes('skipped:'));
  started.process.kill('SIGINT');
  const { code, stdout, stderr } = await started.ended;
  expect(code).toBe(130);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringContaining('skipped: '),
    'interrupted: inspect only reads, so nothing is lost',
  ]);
});
