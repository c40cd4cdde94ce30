/** What otzyv doctor found, as a page. */
import type { Diagnosis, TriedEngine } from '@otzyv/trainer';
import { colors } from './colors.ts';
import { bytes, duration } from './format.ts';
import { table } from './table.ts';

export function describeDiagnosis({ machine, versions, engines, chosen, misfits }: Diagnosis): string {
  const missing = engines.filter(({ result }) => !result.works);
  return [
    `otzyv ${versions.otzyv}, Node ${machine.node}, ${machine.platform}; onnxruntime ${versions.onnxruntime}, tfjs ${versions.tfjs}`,
    `${machine.cpu}, ${machine.cores} cores; memory ${bytes(machine.memoryBytes)}, ${bytes(machine.freeBytes)} free`,
    ...cards(machine),
    '',
    table(['engine', 'on', 'works', 'computes on', 'a step', 'GFLOP/s'], engines.map(row)),
    '',
    `auto takes onnx on ${colors.bold(chosen.device)}: ${chosen.reason}`,
    ...missing.flatMap(({ engine, on, result, toHave }) => [
      '',
      `${colors.bold(`${engine} on ${on}`)}: ${result.works ? '' : result.why}`,
      ...(toHave === undefined ? [] : [`  to have it: ${toHave}`]),
    ]),
    '',
    'Known not to go together:',
    ...misfits.map(({ what, isHere }) => `  ${isHere ? colors.yellow('here') : 'not here'}  ${what}`),
  ].join('\n');
}

function cards({ gpus, mayHaveGpu }: Diagnosis['machine']): string[] {
  if (gpus.length === 0) return [mayHaveGpu ? 'a graphics device of unknown make' : 'no graphics device'];
  return gpus.map(
    ({ name, driver, memoryBytes, freeBytes }) =>
      `${name}, driver ${driver}, memory ${bytes(memoryBytes)}, ${bytes(freeBytes)} free`,
  );
}

function row({ engine, on, result }: TriedEngine): string[] {
  if (!result.works) return [engine, on, 'no', '', '', ''];
  const rate = result.gigaflops === undefined ? '' : Math.round(result.gigaflops).toString();
  return [engine, on, 'yes', result.device.toUpperCase(), duration(result.stepMs), rate];
}
