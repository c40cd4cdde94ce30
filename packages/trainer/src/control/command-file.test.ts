import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendCommand, openCommandFile, RUN_COMMANDS, type RunCommand } from './command-file.ts';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'otzyv-control-'));
});
afterEach(() => rm(run, { recursive: true }));

const path = () => join(run, 'control.jsonl');
const line = (command: string, token = 'mine') => `${JSON.stringify({ token, command })}\n`;

test('commands come once, in the order in which they were given', async () => {
  const file = openCommandFile(run, 'mine');
  expect(file.read()).toEqual([]);
  await appendCommand(run, 'mine', 'pause');
  await appendCommand(run, 'mine', 'checkpoint');
  expect(file.read()).toEqual([{ command: 'pause' }, { command: 'checkpoint' }]);
  expect(file.read()).toEqual([]);
  await appendCommand(run, 'mine', 'resume');
  expect(file.read()).toEqual([{ command: 'resume' }]);
  file.remove();
  expect(existsSync(path())).toBe(false);
  file.remove();
});

test('many that are given at once all come', async () => {
  const given = Array.from({ length: 50 }, (_, i) => RUN_COMMANDS[i % RUN_COMMANDS.length] as RunCommand);
  await Promise.all(given.map((command) => appendCommand(run, 'mine', command)));
  const heard = openCommandFile(run, 'mine')
    .read()
    .map((one) => 'command' in one && one.command);
  expect(heard.sort()).toEqual(given.sort());
});

test('however the file grows, byte by byte or at once, the same is heard', () => {
  const lines = fc.constantFrom(...RUN_COMMANDS.map((command) => line(command)), line('паузу'), '{"tok\n');
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 8 }), fc.array(fc.nat(400)), (written, cuts) => {
      const bytes = Buffer.from(written.join(''));
      rmSync(path(), { force: true });
      const file = openCommandFile(run, 'mine');
      const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      const heard = places.flatMap((place, i) => {
        appendFileSync(path(), bytes.subarray(places[i - 1] ?? 0, place));
        return file.read();
      });
      expect(heard).toHaveLength(written.length);
      expect(heard).toEqual(openCommandFile(run, 'mine').read());
    }),
  );
});

test('after half a line, of a sender that was killed, the next command has a line of its own', async () => {
  writeFileSync(path(), `${line('pause')}{"token":"mine","comm`);
  const file = openCommandFile(run, 'mine');
  expect(file.read()).toEqual([{ command: 'pause' }]);
  await appendCommand(run, 'mine', 'resume');
  expect(file.read()).toEqual([
    { fault: expect.stringContaining('{"token":"mine","comm" is no command') },
    { command: 'resume' },
  ]);
});

test('what was meant for another lock is no business of this one', () => {
  writeFileSync(path(), line('stop', 'of a process that died') + line('pause'));
  expect(openCommandFile(run, 'mine').read()).toEqual([{ command: 'pause' }]);
});

describe('what is not understood', () => {
  test.each([
    ['an unknown command', line('explode'), 'the command "explode" is unknown (known: pause, resume, '],
    ['JSON of another form', '{"command":"stop"}\n', 'is no command'],
    ['no JSON', 'stop\n', 'control.jsonl: "stop" is no command'],
  ])('%s is told of', (_, content, fault) => {
    writeFileSync(path(), content);
    expect(openCommandFile(run, 'mine').read()).toEqual([{ fault: expect.stringContaining(fault) }]);
  });

  test('is passed over where it is longer than any line, and what follows is heard', () => {
    writeFileSync(path(), 'x'.repeat(200_000));
    const file = openCommandFile(run, 'mine');
    expect(Array.from({ length: 5 }, () => file.read()).flat()).toEqual([]);
    appendFileSync(path(), `\n${line('stop')}`);
    expect(file.read().at(-1)).toEqual({ command: 'stop' });
  });
});

test('a file that was put in the place of it is read from its beginning', () => {
  writeFileSync(path(), line('pause') + line('resume'));
  const file = openCommandFile(run, 'mine');
  file.read();
  writeFileSync(path(), line('stop'));
  expect(file.read()).toEqual([{ command: 'stop' }]);
});

test('a command names its lock, and nothing else of anybody', async () => {
  await appendCommand(run, 'mine', 'stop');
  expect(readFileSync(path(), 'utf8')).toBe(line('stop'));
});

test('a folder that cannot be written to is told of', async () => {
  await expect(appendCommand(join(run, 'nowhere'), 'mine', 'stop')).rejects.toMatchObject({
    code: 'data.missing-file',
  });
});
