/**
 * Which engine trains. The choice is made here and nowhere else; the engines are imported only when chosen, so that
 * none of them is loaded for nothing.
 */
import type { Engine, EngineOptions } from './engine.ts';

/** `auto`: Otzyv chooses. */
export const ENGINES = ['auto', 'onnx', 'tfjs'] as const;
export type EngineRequest = (typeof ENGINES)[number];
export type EngineName = Exclude<EngineRequest, 'auto'>;

/** What trains, and where. */
export interface RunningEngine {
  readonly name: EngineName;
  /** what the engine computes with: a provider of ONNX Runtime, a backend of tfjs */
  readonly backend: string;
  readonly device: 'cpu' | 'gpu';
  /** in words, why this backend */
  readonly reason: string;
  /** what was asked for and is not had */
  readonly warnings: readonly string[];
}

/** ONNX Runtime trains on all cores as soon as it is installed; tfjs needs a native part for that. */
export async function chooseEngine(asked: EngineRequest): Promise<EngineName> {
  return asked === 'auto' ? 'onnx' : asked;
}

/** @throws OtzyvError `system.no-backend` when the engine cannot be had on this machine */
export async function startEngine(
  name: EngineName,
  options: EngineOptions,
): Promise<{ engine: Engine; running: RunningEngine }> {
  switch (name) {
    case 'onnx': {
      const { createOnnxEngine } = await import('./onnx/onnx-engine.ts');
      const running = {
        name,
        backend: 'cpu',
        device: 'cpu',
        reason: 'ONNX Runtime on the CPU',
        warnings: [],
      } as const;
      return { engine: createOnnxEngine(options), running };
    }
    case 'tfjs': {
      const { loadTfjs } = await import('./tfjs/backends.ts');
      const { createTfjsEngine } = await import('./tfjs/tfjs-engine.ts');
      const { tf, backend, device, reason, warnings } = await loadTfjs();
      const idle =
        options.threads === undefined ? [] : ['--threads has no use: tfjs chooses its threads itself'];
      const running = { name, backend, device, reason, warnings: [...warnings, ...idle] };
      return { engine: createTfjsEngine(tf, options), running };
    }
  }
}
