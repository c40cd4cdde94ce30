import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../training/events.ts';
import { appendCommand, type RunCommand } from './command-file.ts';
import { openSteering, type Steering, type SteeringOptions } from './steering.ts';

let folder: string;
const open: Steering[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otzyv-steering-'));
});
afterEach(async () => {
  for (const steering of open.splice(0)) steering.close();
  await rm(folder, { recursive: true });
});

function steered(options: Partial<SteeringOptions> = {}) {
  const told: string[] = [];
  const listen = (event: RunEvent) => told.push('step' in event ? `${event.type} ${event.step}` : event.type);
  const steering = openSteering({ folder, token: 'mine', listen, hasSteps: true, ...options });
  open.push(steering);
  const save = async () => void told.push('saved');
  return { steering, told, between: (step: number) => steering.betweenSteps(step, save) };
}

const ask = async (...commands: RunCommand[]) => {
  for (const command of commands) await appendCommand(folder, 'mine', command);
};

/** However long it takes on a machine that has other things to do. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('where nothing is asked, the next step is made at once', async () => {
  const { told, between } = steered();
  await between(1);
  expect(told).toEqual([]);
});

test('it is held from a pause on until it is to go on, and saves meanwhile', async () => {
  const { steering, told, between } = steered();
  await ask('pause', 'checkpoint', 'stop-after-epoch');
  await until(() => steering.isStopAsked());
  const held = between(7);
  await until(() => told.includes('saved'));
  await ask('pause', 'checkpoint');
  await until(() => told.filter((one) => one === 'saved').length === 2);
  expect(told).toEqual(['stop.requested', 'run.paused 7', 'saved', 'saved']);
  await ask('resume');
  await held;
  expect(told.at(-1)).toBe('run.unpaused 7');
});

test('commands that came together are all done, in their order', async () => {
  const { steering, told, between } = steered();
  await ask('pause', 'resume', 'checkpoint', 'pause', 'checkpoint', 'resume', 'resume', 'stop-after-epoch');
  await until(() => steering.isStopAsked());
  await between(3);
  expect(told).toEqual([
    'stop.requested',
    ...['run.paused 3', 'run.unpaused 3', 'saved', 'run.paused 3', 'saved', 'run.unpaused 3'],
  ]);
});

describe('a stop', () => {
  test('ends a pause', async () => {
    const { steering, told, between } = steered();
    await ask('pause', 'stop-after-epoch');
    await until(() => steering.isStopAsked());
    const held = between(2);
    await ask('stop', 'resume');
    await held;
    expect(steering.signal.aborted).toBe(true);
    expect(told).toEqual(['stop.requested', 'run.paused 2', 'stop.requested']);
  });

  test('of who runs it, as by Ctrl-C, ends a pause too', async () => {
    const controller = new AbortController();
    const { steering, told, between } = steered({ signal: controller.signal });
    await ask('pause', 'stop-after-epoch');
    await until(() => steering.isStopAsked());
    const held = between(2);
    expect(told).toContain('run.paused 2');
    controller.abort();
    await held;
    expect(steering.signal.reason).toBe(controller.signal.reason);
  });
});

test('its clock stands still in a pause', async () => {
  const { steering, between } = steered();
  await ask('pause', 'stop-after-epoch');
  await until(() => steering.isStopAsked());
  const begun = performance.now();
  const before = steering.now();
  const held = between(1);
  const [heldAt, since] = [steering.now(), performance.now()];
  await sleep(50);
  expect(steering.now()).toBe(heldAt);
  const slept = performance.now() - since;
  await ask('resume');
  await held;
  const worked = steering.now() - before;
  expect(worked).toBeGreaterThanOrEqual(heldAt - before);
  expect(worked).toBeLessThan(performance.now() - begun - slept);
});

test('of a model without steps only a stop is taken, and the rest warned of', async () => {
  const warnings: string[] = [];
  const listen = (event: RunEvent) => event.type === 'warning' && warnings.push(event.message);
  const { steering } = steered({ hasSteps: false, listen });
  await ask('pause', 'checkpoint', 'stop');
  await until(() => steering.signal.aborted);
  expect(warnings).toEqual([
    expect.stringMatching(/^pause: a linear model is fitted in one piece/),
    expect.stringMatching(/^checkpoint: /),
  ]);
});

test('what is not understood is warned of; a log that cannot be written ends nothing here', async () => {
  const said: string[] = [];
  const listen = (event: RunEvent) => {
    said.push(event.type === 'warning' ? event.message : event.type);
    throw new Error('the disk is full');
  };
  const { steering } = steered({ listen });
  await appendCommand(folder, 'mine', 'explode' as RunCommand);
  await ask('stop');
  await until(() => steering.signal.aborted);
  expect(said).toEqual([expect.stringContaining('"explode" is unknown'), 'stop.requested']);
});

test('at its end it takes what it was asked with it', async () => {
  const { steering } = steered();
  await ask('pause');
  steering.close();
  expect(existsSync(join(folder, 'control.jsonl'))).toBe(false);
});
