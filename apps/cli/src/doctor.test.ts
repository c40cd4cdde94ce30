/** otzyv doctor, as it is typed, and devices that are not there. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { at, otzyv, TRAIN } from './testing/otzyv.ts';

interface Tried {
  engine: string;
  on: string;
  result: { works: boolean; losses?: number[]; why?: string };
  toHave?: string;
}

describe('doctor', () => {
  test('tries every engine, says what works, and what would add the rest', async () => {
    const { code, stdout } = await otzyv('doctor', '--json');
    expect(code).toBe(0);
    const { engines, chosen, machine } = JSON.parse(stdout) as {
      engines: Tried[];
      chosen: { device: string; reason: string };
      machine: { node: string };
    };
    expect(machine.node).toBe(process.versions.node);
    expect(engines.map(({ engine, on }) => `${engine} ${on}`)).toEqual(
      expect.arrayContaining(['onnx cpu', 'onnx webgpu', 'onnx cuda', 'tfjs tfjs-node-gpu', 'tfjs wasm']),
    );
    const working = engines.filter(({ result }) => result.works);
    expect(working.map(({ on }) => on)).toEqual(expect.arrayContaining(['cpu', 'wasm', chosen.device]));
    const [first, ...others] = working.map(({ result }) => result.losses ?? []);
    expect(first).toHaveLength(2);
    for (const losses of others) {
      for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(first![i]!, 3);
    }
    for (const { result, toHave } of engines.filter((each) => !each.result.works)) {
      expect(result.why).not.toBe('');
      expect(toHave).not.toBe('');
    }
  }, 240_000);
});

test('a device that is not there is a mistake, and leaves nothing behind', async () => {
  const output = at('none');
  const { code, stderr } = await otzyv(
    ...['train', '--train', TRAIN, '--model', 'micro', '--engine', 'tfjs', '--device', 'webgpu'],
    ...['--output', output],
  );
  expect(code).toBe(2);
  expect(stderr).toContain('--engine onnx --device webgpu');
  expect(existsSync(at('none', 'best'))).toBe(false);
});
