/** otzyv doctor: which engines and devices this machine has, tried, and what is missing. */
import { Command } from 'commander';
import { describeDiagnosis } from '../terminal/diagnosis.ts';
import { createProgress } from '../terminal/progress.ts';

export const doctorCommand = new Command('doctor')
  .description('Try every engine and device of this machine with a training step, and say what is missing.')
  .option('--json', 'print what was found as JSON on stdout')
  .addHelpText(
    'after',
    `
Example:
  $ otzyv doctor

Exits with 1 where not even the CPU trains.`,
  )
  .action(async ({ json }: { json?: boolean }) => {
    const { diagnose } = await import('@otzyv/trainer');
    const progress = createProgress();
    const diagnosis = await diagnose(({ engine, on }) =>
      progress.update('trying', undefined, `${engine} on ${on}`),
    );
    progress.clear();
    process.stdout.write(`${json ? JSON.stringify(diagnosis) : describeDiagnosis(diagnosis)}\n`);
    if (!diagnosis.engines.some(({ on, result }) => on === 'cpu' && result.works)) process.exitCode = 1;
  });
