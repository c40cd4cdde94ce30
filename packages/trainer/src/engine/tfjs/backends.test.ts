import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadTfjs } from './backends.ts';

test('the first backend that is there is taken, and it is said why not those before it', async () => {
  const listeners = () =>
    process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
  const before = listeners();
  const { tf, backend, device, reason } = await loadTfjs(['tfjs-node', 'wasm', 'cpu']);
  expect({ backend, device, set: tf.getBackend() }).toEqual({ backend: 'wasm', device: 'cpu', set: 'wasm' });
  expect(reason).toBe('tfjs-node is not installed; WebAssembly on one thread of the CPU');
  expect(listeners()).toBe(before);
});

test('nothing to run on is an error that says what was tried', async () => {
  await expect(loadTfjs(['tfjs-node'])).rejects.toMatchObject({
    code: 'system.no-backend',
    message: expect.stringContaining('tfjs-node is not installed'),
  });
});

test('the trainer is imported without tfjs', () => {
  const trainer = new URL('../../../dist/index.js', import.meta.url).href;
  const script = `
    import { createRequire } from 'node:module';
    await import('${trainer}');
    const loaded = Object.keys(createRequire('${trainer}').cache);
    console.log(JSON.stringify({ modules: loaded.length, tfjs: loaded.filter((path) => path.includes('tensorflow') && path.endsWith('.js')) }));`;
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  });
  const { modules, tfjs } = JSON.parse(told);
  expect(modules).toBeGreaterThan(0);
  expect(tfjs).toEqual([]);
});
