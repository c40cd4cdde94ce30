/** otzyv augment: more rows of rare classes, made from those that there are, or by a language model. */
import { PERTURBATIONS, type Perturbation } from '@otzyv/core';
import type { LlmAugmentOptions } from '@otzyv/llm';
import type { GrowingFile } from '@otzyv/trainer';
import { Command, Option } from 'commander';
import { addDataFlags, type DataFlags } from '../flags/data-flags.ts';
import {
  addLlmFlags,
  askingOptions,
  backendOptions,
  type LlmFlags,
  llmOptions,
  pricesOf,
  readPrompt,
  refuseTyped,
} from '../flags/llm-flags.ts';
import { natural, notNegative, number, required } from '../flags/values.ts';
import { workOrSave } from '../interrupt.ts';
import { describeAugmentation, describeLlmAugmentation } from '../terminal/augment.ts';
import { count } from '../terminal/format.ts';
import { costOf, money } from '../terminal/money.ts';
import { createProgress } from '../terminal/progress.ts';

interface AugmentFlags extends DataFlags, LlmFlags {
  train?: string;
  output?: string;
  perClass?: number;
  perRow?: number;
  methods?: Perturbation[];
  seed?: number;
  json?: boolean;
  categories?: string;
  temperature?: number;
  giveUpAfter?: number;
  maxTextLength?: number;
  promptFile?: string;
  showPrompt?: boolean;
}

const command = addDataFlags(
  new Command('augment')
    .description(
      'Add rows of rare classes: the reviews there are with typos, fewer words, another order; or new ones by a language model.',
    )
    .option('--train <file>', 'labelled CSV, TSV or JSONL')
    .option('--output <file>', 'the file to make: all its rows, and those that are made')
    .option(
      '--per-class <n>',
      'rows that each class is to reach (default: those of the middle class)',
      natural,
    )
    .option('--per-row <n>', 'texts made of one row at most (default: 2; with --llm: 5)', natural)
    .addOption(
      new Option('--methods <names...>', 'how they are made (default: all in turn)').choices(PERTURBATIONS),
    )
    .option('--seed <n>', 'of the random choices (default: 42)', number)
    .option('--json', 'print what was made as JSON on stdout'),
);

/** What only a language model has a use for, beside the flags that choose it. */
const OF_LLM = [
  new Option('--categories <file>', 'with --llm: names, descriptions and keywords of the classes, as JSON'),
  new Option('--temperature <t>', 'with --llm: of the reviews that it makes up (default: 0.8)').argParser(
    notNegative,
  ),
  new Option(
    '--give-up-after <n>',
    'with --llm: questions in a row that may bring nothing before a class is left (default: 20)',
  ).argParser(natural),
  new Option(
    '--max-text-length <n>',
    'with --llm: characters of a review that is shown or made (default: 600)',
  ).argParser(natural),
  new Option('--prompt-file <file>', 'with --llm: an instruction of your own to make up reviews by'),
  new Option('--show-prompt', 'print what a model would be told, and end'),
];
for (const option of OF_LLM) command.addOption(option);

export const augmentCommand = addLlmFlags(command)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv augment --train train.csv --output train-more.csv
  $ otzyv augment --train train.csv --per-class 300 --methods typos --output train-more.csv
  $ otzyv augment --llm Qwen/Qwen2-7B-Instruct-GGUF --categories categories.json \\
      --train train.csv --output train-more.csv
  $ otzyv train --train train-more.csv --output runs/more

Rows that are made have how in the column "synthetic", and of what in "synthetic_of". They are trained on, and never
measured on; those that were made of held-out reviews are left out. So the two numbers can be compared:
  $ otzyv compare runs/before runs/more

With --llm each text is checked before it is taken, and every answer goes into OUTPUT.journal.jsonl at once: after Ctrl-C,
kill -9 or a fault the same command goes on, and asks nothing twice.`,
  )
  .action(async (flags: AugmentFlags) => {
    if (flags.showPrompt) return showPrompt(flags);
    const progress = createProgress();
    const file: GrowingFile = {
      trainFile: required(flags.train, '--train', 'the labelled file to add to'),
      output: required(flags.output, '--output', 'the file to make'),
      ...{ textColumn: flags.textColumn ?? 'text', labelColumn: flags.labelColumn ?? 'label' },
      skipBadRows: flags.skipBadRows === true,
      onBadRow: (message) => progress.say(`skipped: ${message}`),
    };
    if (flags.llm !== undefined) return augmentByModel(file, flags.llm, flags);
    const ofModels = [...OF_LLM, ...llmOptions()].map(({ long }) => long ?? '');
    refuseTyped(command, ofModels, 'only a language model has a use for it: name one with --llm');
    const { augmentFile } = await import('@otzyv/trainer');
    const { perClass, perRow, methods, seed } = flags;
    const summary = await augmentFile({ ...file, perClass, perRow, methods, seed });
    const { trainFile, output } = file;
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ train: trainFile, output, ...summary })}\n`
        : `${describeAugmentation(summary, output)}\n`,
    );
  });

async function augmentByModel(file: GrowingFile, llm: string, flags: AugmentFlags): Promise<void> {
  refuseTyped(command, ['--methods'], '--llm writes new reviews, and changes none');
  const path = required(flags.categories, '--categories', 'what the model is told of the classes');
  const { augmentByLlm, journalPath, openBackend, readCategories } = await import('@otzyv/llm');
  const { trainFile, output } = file;
  const { perClass, perRow, temperature, giveUpAfter, maxTextLength, maxAnswerTokens } = flags;
  const options: LlmAugmentOptions = {
    ...file,
    ...{ perClass, perRow, temperature, giveUpAfter, maxTextLength, maxAnswerTokens },
    categories: await readCategories(path),
    writingPrompt: flags.promptFile === undefined ? undefined : await readPrompt(flags.promptFile),
    seed: flags.seed ?? 42,
    ...askingOptions(flags),
  };
  const prices = pricesOf(flags);
  const kept = `the answers so far are in ${journalPath(output)}, and the same command goes on`;
  await workOrSave(async (progress, { signal }) => {
    const backend = backendOptions(llm, flags, progress);
    const report = await augmentByLlm(
      { ...options, onBadRow: (message) => progress.say(`skipped: ${message}`) },
      {
        open: (work) => openBackend(backend, work),
        onProgress: ({ label, made, wanted, usage }) => {
          const cost = costOf(usage, prices);
          const spent = cost === undefined ? '' : ` · ${money(cost)}`;
          progress.update(label, made / Math.max(1, wanted), `${count(made)} of ${count(wanted)}${spent}`);
        },
        onTrouble: (message) => progress.say(message),
        signal,
      },
    );
    progress.clear();
    const cost = costOf(report.usage, prices);
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ train: trainFile, output, ...report, ...(cost !== undefined && { cost }) })}\n`
        : `${describeLlmAugmentation(report, output, prices)}\n`,
    );
  }, kept);
}

/** The instruction, and what follows it for each category; a review of the training file stands where … does. */
async function showPrompt(flags: AugmentFlags): Promise<void> {
  const path = required(flags.categories, '--categories', 'what the model is told of the classes');
  const { RUSSIAN_WRITING_PROMPT, readCategories, writingMessage } = await import('@otzyv/llm');
  const messages = (await readCategories(path)).map((category) =>
    writingMessage(category, 0, '…', flags.seed ?? 42),
  );
  const { promptFile } = flags;
  const first = promptFile === undefined ? RUSSIAN_WRITING_PROMPT : (await readPrompt(promptFile)).trim();
  process.stdout.write(`${[first, ...messages].join('\n\n')}\n`);
}
