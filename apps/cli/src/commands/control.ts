/** otzyv control: asks a training that goes on, in this terminal or any other, to pause, save or stop. */
import type { RunCommand } from '@otzyv/trainer';
import { Argument, Command } from 'commander';

/** What each leads to. */
const COMMANDS: Readonly<Record<RunCommand, string>> = {
  pause: 'holds it when the step it is in is over; it keeps its memory, and uses no processor',
  resume: 'lets a paused one go on',
  checkpoint: 'saves where it stands, and goes on',
  'stop-after-epoch': 'ends it when the epoch is evaluated: with its results and a report, and exit code 0',
  stop: 'saves and ends it when the step is over, as Ctrl-C does, and exit code 130',
};

export const controlCommand = new Command('control')
  .description('Pause a training that goes on, let it go on, save it or stop it.')
  .argument('<run>', "the run's folder")
  .addArgument(new Argument('<command>', 'what to do').choices(Object.keys(COMMANDS)))
  .option('--json', 'print what was asked for as JSON on stdout')
  .addHelpText(
    'after',
    `
Commands:
${Object.entries(COMMANDS)
  .map(([name, what]) => `  ${name.padEnd(17)} ${what}`)
  .join('\n')}

Examples:
  $ otzyv control runs/tiny pause
  $ otzyv control runs/tiny resume
  $ otzyv control runs/tiny stop-after-epoch

Several are done in the order in which they were given. An evaluation is finished first, but for stop. A
stopped run, either way, is gone on with by otzyv train --resume, and ends as one that was never stopped.
Time in a pause does not count for --max-minutes. A linear model takes stop only.
Of a cross-validation or a search, name the folder of the fold or trial that is being trained; a fold that is
stopped is left for the cross-validation's --resume, a trial that is stopped ends the search.`,
  )
  .action(async (run: string, command: RunCommand, { json }: { json?: boolean }) => {
    const { sendCommand } = await import('@otzyv/trainer');
    await sendCommand(run, command);
    process.stdout.write(json ? `${JSON.stringify({ run, command })}\n` : `${run}: ${TOLD[command]}\n`);
  });

const TOLD: Readonly<Record<RunCommand, string>> = {
  pause: 'it pauses when its step is over',
  resume: 'it goes on',
  checkpoint: 'it saves when its step is over',
  'stop-after-epoch': 'it stops after this epoch',
  stop: 'it saves and stops',
};
