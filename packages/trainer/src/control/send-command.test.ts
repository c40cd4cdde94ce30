import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockToken, withRunLock } from '../training/run-lock.ts';
import { openCommandFile } from './command-file.ts';
import { sendCommand } from './send-command.ts';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'otzyv-send-'));
});
afterEach(() => rm(run, { recursive: true }));

test('who holds the lock hears it, and who takes the lock next does not', async () => {
  writeFileSync(join(run, 'run.json'), '{}');
  await withRunLock(run, async () => {
    await sendCommand(run, 'stop');
    const file = openCommandFile(run, (await lockToken(run)) as string);
    expect(file.read()).toEqual([{ command: 'stop' }]);
  });
  await withRunLock(run, async () => {
    await sendCommand(run, 'pause');
    const file = openCommandFile(run, (await lockToken(run)) as string);
    expect(file.read()).toEqual([{ command: 'pause' }]);
  });
});

test('where no process is at work, nobody would hear it', async () => {
  writeFileSync(join(run, 'run.json'), '{}');
  await expect(sendCommand(run, 'pause')).rejects.toMatchObject({ code: 'run.not-running' });
  const gone = { pid: 2 ** 30, host: '', since: '', processStart: '', token: 'gone' };
  await withRunLock(run, async () => {
    const { host } = JSON.parse(readFileSync(join(run, 'run.lock'), 'utf8'));
    gone.host = host;
  });
  writeFileSync(join(run, 'run.lock'), JSON.stringify(gone));
  await expect(sendCommand(run, 'pause')).rejects.toMatchObject({ code: 'run.not-running' });
});

test('a folder without a run is refused, though something is at work there', async () => {
  writeFileSync(join(run, 'crossval.json'), '{}');
  await withRunLock(run, async () => {
    await expect(sendCommand(run, 'pause')).rejects.toMatchObject({
      code: 'run.not-a-run',
      hint: expect.stringContaining('the fold or trial'),
    });
  });
});
