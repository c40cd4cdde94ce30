/**
 * What this machine has to train with: each engine on each device is tried with a training step, in a process of its own, and held
 * to the losses that the CPU has. What is missing comes with what would add it.
 */

import { type FoundDevice, fastestDevice } from '../engine/fastest-device.ts';
import { TO_HAVE } from '../engine/onnx/devices.ts';
import { type SelfTest, selfTest, type TestedEngine } from '../engine/self-test.ts';
import { ONNXRUNTIME_VERSION, OTZYV_VERSION, TFJS_VERSION } from '../version.ts';
import { type Machine, readMachine } from './machine.ts';

export interface Diagnosis {
  readonly machine: Machine;
  readonly versions: Readonly<Record<'otzyv' | 'onnxruntime' | 'tfjs', string>>;
  readonly engines: readonly TriedEngine[];
  /** what `--engine auto --device auto` would take */
  readonly chosen: FoundDevice;
  /** pairs of versions that are known not to go together, and whether that matters here */
  readonly misfits: readonly Misfit[];
}

export type TriedEngine = TestedEngine & {
  readonly result: SelfTest;
  /** what would add it, where it does not work */
  readonly toHave?: string;
};

export interface Misfit {
  readonly what: string;
  readonly isHere: boolean;
}

const TRIED: readonly (TestedEngine & { readonly toHave?: string })[] = [
  { engine: 'onnx', on: 'cpu', toHave: 'npm ci' },
  { engine: 'onnx', on: 'webgpu', toHave: TO_HAVE.webgpu },
  { engine: 'onnx', on: 'cuda', toHave: TO_HAVE.cuda },
  {
    ...{ engine: 'tfjs', on: 'tfjs-node-gpu' },
    toHave: 'An NVIDIA card, CUDA 11.2 and cuDNN 8.1, then: npm run setup:gpu',
  },
  {
    ...{ engine: 'tfjs', on: 'tfjs-node' },
    toHave: 'npm install --ignore-scripts=false @tensorflow/tfjs-node',
  },
  { engine: 'tfjs', on: 'wasm', toHave: 'npm ci' },
];

/** Relative, of a loss. */
const TOLERANCE = 1e-3;

/** One after the other, so that none takes another's processors. @param onTry told of each before it is tried */
export async function diagnose(onTry: (tried: TestedEngine) => void = () => undefined): Promise<Diagnosis> {
  const machine = await readMachine();
  const engines: TriedEngine[] = [];
  let reference: readonly number[] | undefined;
  for (const { toHave, ...tried } of TRIED) {
    onTry(tried);
    const result = held(await selfTest(tried), reference);
    if (reference === undefined && result.works) reference = result.losses;
    engines.push({ ...tried, result, ...(!result.works && toHave !== undefined && { toHave }) });
  }
  return {
    machine,
    versions: { otzyv: OTZYV_VERSION, onnxruntime: ONNXRUNTIME_VERSION, tfjs: TFJS_VERSION },
    engines,
    chosen: await fastestDevice(),
    misfits: misfits(machine, engines),
  };
}

/** An engine that computes something else than the first does not work. */
function held(result: SelfTest, reference: readonly number[] | undefined): SelfTest {
  if (!result.works || reference === undefined) return result;
  const agrees = result.losses.every(
    (loss, i) => Math.abs(loss - (reference[i] as number)) <= TOLERANCE * Math.abs(reference[i] as number),
  );
  if (agrees) return result;
  const losses = (of: readonly number[]) => of.map((loss) => loss.toFixed(4)).join(', ');
  return { works: false, why: `its losses are ${losses(result.losses)}, the CPU's ${losses(reference)}` };
}

function misfits({ node, gpus }: Machine, engines: readonly TriedEngine[]): Misfit[] {
  const usesGpu = (name: string) =>
    engines.some(({ on, result }) => on === name && result.works && result.device === 'gpu');
  const native = engines.some(({ on, result }) => on.startsWith('tfjs-node') && result.works);
  const major = Number(node.split('.')[0]);
  return [
    {
      what: 'tfjs-node 4.22 on Node 23 and later: it calls util.isNullOrUndefined, which is gone. Otzyv puts it back.',
      isHere: native && major >= 23,
    },
    {
      what: 'tfjs-node-gpu 4.22 with anything but CUDA 11.2 and cuDNN 8.1, or a card newer than Ampere: it computes on the CPU.',
      isHere: gpus.length > 0 && !usesGpu('tfjs-node-gpu'),
    },
    {
      what: "ONNX Runtime 1.30's CUDA with anything but CUDA 12 and cuDNN 9: it does not load.",
      isHere: gpus.length > 0 && !usesGpu('cuda'),
    },
  ];
}
