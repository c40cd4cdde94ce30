import { expect, test } from 'vitest';
import { exitCodeOf, OtzyvError, type OtzyvErrorCode } from './errors.ts';

const of = (code: OtzyvErrorCode) => exitCodeOf(new OtzyvError(code, 'what was wrong', 'what to do'));

test.each<OtzyvErrorCode>([
  'data.missing-column',
  'options.invalid',
  'hub.not-found',
  'run.locked',
  'llm.unauthorized',
  'system.not-writable',
  'system.no-device',
])('%s is for who typed the command to mend: 2', (code) => {
  expect(of(code)).toBe(2);
});

test.each<OtzyvErrorCode>([
  'internal.shape',
  'system.disk-full',
  'system.process-ended',
  'system.unreachable',
  'hub.network',
  'hub.checksum',
  'llm.quota',
  'run.diverged',
  'model.quantization-loss',
])('%s may come of the same command that went well before: 1', (code) => {
  expect(of(code)).toBe(1);
});

test('what is no error of ours is a fault: 1', () => {
  expect(exitCodeOf(new TypeError('x is not a function'))).toBe(1);
  expect(exitCodeOf('thrown')).toBe(1);
});
