/** Help, and a first look at data. */
import { describe, expect, test } from 'vitest';
import { LABELLED, otzyv, rowsOf, TEST, TRAIN } from './testing/otzyv.ts';

describe('help', () => {
  test('shows the commands, the models and the exit codes', async () => {
    const { code, stdout } = await otzyv('--help');
    expect(code).toBe(0);
    for (const word of [
      'run',
      'inspect',
      'train',
      'evaluate',
      'predict',
      'export',
      'bench',
      'micro',
      'Exit codes',
    ]) {
      expect(stdout).toContain(word);
    }
  });

  test.each([
    'run',
    'inspect',
    'audit',
    'label',
    'train',
    'control',
    'pretrain',
    'pseudo-label',
    'crossval',
    'evaluate',
    'predict',
    'export',
    'ensemble',
    'feedback',
    'calibrate',
    'compare',
    'report',
    'doctor',
    'bench',
    'tune',
  ])('%s has examples and tells its exit codes', async (command) => {
    const { code, stdout } = await otzyv(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}\$ otzyv/);
    expect(stdout).toContain('Exit codes: 0 done, 1 failed, 2 usage or bad data, 130 interrupted');
  });

  test('is shown to one who types nothing, as a mistake', async () => {
    expect(await otzyv()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Commands:'),
    });
  });
});

test('inspect shows the classes and what is wrong, or all of it as JSON', async () => {
  const { code, stdout } = await otzyv('inspect', TRAIN, '--against', TEST);
  expect(code).toBe(0);
  expect(stdout).toContain('украшения и аксессуары');
  expect(stdout).toMatch(/Always answering "электроника" would be right in 1\d\.\d %/);
  expect(stdout).toMatch(/No text of .*test\.csv \(\d+ rows\) stands in/);
  const { profile } = JSON.parse((await otzyv('inspect', LABELLED, '--json')).stdout);
  expect(profile).toMatchObject({ rows: rowsOf(LABELLED).length, duplicates: { texts: 0 } });
});
