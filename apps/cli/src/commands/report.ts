/** otzyv report: the page of a finished run, cross-validation or ensemble, made again from what lies in its folder. */
import { Command } from 'commander';

interface ReportFlags {
  output?: string;
  json?: boolean;
}

export const reportCommand = new Command('report')
  .description("Make a run's report.html again, from the files in its folder.")
  .argument('<run>', 'the folder of a run, a cross-validation or an ensemble')
  .option('--output <file>', 'where to (default: report.html in the folder)')
  .option('--json', 'print the path as JSON on stdout')
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv report runs/linear
  $ otzyv report runs/linear --output linear.html

Each run writes one by itself; make it again after otzyv calibrate, or with a newer version. It is one
file without scripts: it opens without a network, on a phone, and prints. How to read it:
docs/reading-the-report.md.`,
  )
  .action(async (run: string, { output, json }: ReportFlags) => {
    const { writeReport } = await import('@otzyv/trainer');
    const report = await writeReport(run, output);
    process.stdout.write(json ? `${JSON.stringify({ report })}\n` : `report  ${report}\n`);
  });
