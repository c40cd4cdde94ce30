/** The program as it is typed. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/otzyv-tui.js', import.meta.url));

test('--help says what it is for', () => {
  const { status, stdout } = spawnSync(process.execPath, [BIN, '--help'], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('Watch and steer trainings');
});
