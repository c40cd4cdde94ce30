/** otzyv demo: the main job on the reviews that come with the repository. */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { runJob } from '../job.ts';
import { colors } from '../terminal/colors.ts';
import { inspectCommand } from './inspect.ts';

const FIXTURES = new URL('../../../../test-fixtures/reviews/', import.meta.url);

export const demoCommand = new Command('demo')
  .description('Look at the bundled reviews, train linear and micro, compare, predict: in under a minute.')
  .option('--output <folder>', 'where everything goes', 'runs/demo')
  .action(async ({ output }: { output: string }) => {
    const [train, test] = ['train.csv', 'test.csv'].map((name) => fileURLToPath(new URL(name, FIXTURES))) as [
      string,
      string,
    ];
    process.stdout.write(`${colors.bold('1. Look at the data')}  (otzyv inspect)\n\n`);
    await inspectCommand.parseAsync([train, '--against', test], { from: 'user' });
    process.stdout.write(`\n${colors.bold('2. Train, compare, predict')}  (otzyv run)\n\n`);
    await runJob(
      {
        ...{ train, test, output, model: 'linear,micro' },
        ...{ overwrite: true, epochs: 6, batchSize: 16, lr: 5e-4 },
      },
      'npm run demo',
    );
    process.stdout.write(
      [
        '',
        'Type next:',
        '  npx otzyv run --train YOUR.csv --test TEST.csv --output runs/mine',
        '  npx otzyv train --train YOUR.csv --model cointegrated/rubert-tiny2 --output runs/tiny',
        '  npx otzyv --help',
        '',
      ].join('\n'),
    );
  });
