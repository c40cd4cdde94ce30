/** otzyv label: unlabelled reviews to a training file, by a language model or by keywords. */
import type { Category, ConfidenceSource, LabelOptions, LabelProgress, RulesOptions } from '@otzyv/llm';
import { Command, Option } from 'commander';
import { boost } from '../flags/label-flags.ts';
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
import { natural, notNegative, number, repeated, required } from '../flags/values.ts';
import { workOrSave } from '../interrupt.ts';
import { count } from '../terminal/format.ts';
import { describeLabelling, describeRules } from '../terminal/labelling.ts';
import { costOf, money, type Prices } from '../terminal/money.ts';
import { createProgress } from '../terminal/progress.ts';

interface LabelFlags extends LlmFlags {
  input?: string;
  categories?: string;
  output?: string;
  rules?: boolean;
  votes: number;
  seed: number;
  temperature: number;
  promptFile?: string[];
  showPrompt?: boolean;
  confidence: ConfidenceSource;
  boost?: Record<string, number>;
  gold?: string;
  textColumn: string;
  labelColumn: string;
  skipBadRows?: boolean;
  maxTextLength: number;
  json?: boolean;
}

const command = new Command('label')
  .description('Label reviews by a language model’s votes, or by keywords: a file to train on.')
  .option('--input <file>', 'CSV, TSV or JSONL with a column of texts')
  .option('--categories <file>', 'JSON: names, descriptions, keywords, examples, boosts')
  .option('--output <file>', 'what to write: CSV, TSV or JSONL by its ending')
  .option('--rules', 'label by the keywords of the categories, without a model')
  .option('--votes <n>', 'times each text is asked about, with the categories in another order', natural, 1)
  .option('--seed <n>', 'of the votes: the first has it, the next one more', number, 42)
  .option('--temperature <t>', '0: the likeliest label; above: drawn by the seed', notNegative, 0)
  .option(
    '--prompt-file <file>',
    'an instruction of your own with {categories}; again: taken in turn',
    repeated,
  )
  .option('--show-prompt', 'print the instruction that would be sent, and end')
  .addOption(
    new Option('--confidence <source>', 'which probabilities count in the votes')
      .choices(['tokens', 'claimed'])
      .default('tokens'),
  )
  .option('--boost <category=factor>', 'favour a rare category; may be given again', boost)
  .option('--gold <file>', 'a labelled file with some of the texts, to measure the labels by')
  .option('--text-column <name>', 'column that holds the texts', 'text')
  .option('--label-column <name>', 'column that holds the labels of --gold', 'label')
  .option('--skip-bad-rows', 'leave out rows that cannot be read, and say which')
  .option('--max-text-length <n>', 'characters of a text that are asked about', natural, 2000)
  .option('--json', 'print the report as JSON on stdout');

export const labelCommand = addLlmFlags(command)
  .addHelpText(
    'after',
    `
Examples:
  $ otzyv label --rules --input raw.csv --categories categories.json --output weak.csv
  $ otzyv label --llm Qwen/Qwen2-7B-Instruct-GGUF --input raw.csv --categories categories.json --output labelled.csv
  $ otzyv label --llm qwen2.5:7b --llm-url http://localhost:11434/v1 --votes 3 \\
      --input raw.csv --categories categories.json --output labelled.csv --gold checked.csv

Every answer goes into OUTPUT.journal.jsonl at once: after Ctrl-C, kill -9 or a fault the same command goes on, and
asks nothing twice. A text without an answer is left out of the output, never guessed.`,
  )
  .action(async (flags: LabelFlags) => {
    if (flags.rules) {
      const ofModels = [...llmOptions().map(({ long }) => long ?? ''), '--votes', '--prompt-file'];
      refuseTyped(command, ofModels, '--rules labels by keywords, and asks no model');
    }
    const path = required(flags.categories, '--categories', 'what there is to choose from');
    const { readCategories, withBoosts } = await import('@otzyv/llm');
    const categories = withBoosts(await readCategories(path), flags.boost ?? {});
    if (flags.showPrompt) return showPrompt(categories, await templatesOf(flags));
    const input = required(flags.input, '--input', 'the file to label');
    const output = required(flags.output, '--output', 'the file to write');
    const { textColumn, labelColumn, maxTextLength, skipBadRows = false } = flags;
    const gold = flags.gold === undefined ? undefined : { file: flags.gold, textColumn, labelColumn };
    const common = { input, output, categories, gold, textColumn, maxTextLength, skipBadRows };
    if (flags.rules) return labelByKeywords(common, flags);
    const llm = required(flags.llm, '--llm', 'the model to label with (or --rules, for keywords alone)');
    const options: LabelOptions = {
      ...common,
      ...{
        votes: flags.votes,
        seed: flags.seed,
        temperature: flags.temperature,
        confidence: flags.confidence,
      },
      templates: await templatesOf(flags),
      ...askingOptions(flags),
    };
    await label(options, llm, flags);
  });

async function labelByKeywords(options: RulesOptions, { json }: LabelFlags): Promise<void> {
  const { labelByRules } = await import('@otzyv/llm');
  const { say } = createProgress();
  const report = await labelByRules({ ...options, onBadRow: (message) => say(`skipped: ${message}`) });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${describeRules(report, options.output)}\n`);
}

async function label(options: LabelOptions, llm: string, flags: LabelFlags): Promise<void> {
  const { journalPath, labelReviews, openBackend } = await import('@otzyv/llm');
  const prices = pricesOf(flags);
  const kept = `the answers so far are in ${journalPath(options.output)}, and the same command goes on`;
  await workOrSave(async (progress, { signal }) => {
    const backend = backendOptions(llm, flags, progress);
    const report = await labelReviews(
      { ...options, onBadRow: (message) => progress.say(`skipped: ${message}`) },
      {
        open: (work) => openBackend(backend, work),
        onProgress: (state) =>
          progress.update('asking', state.done / state.questions, detailsOf(state, prices)),
        onTrouble: (message) => progress.say(message),
        signal,
      },
    );
    progress.clear();
    const cost = costOf(report.usage, prices);
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ ...report, ...(cost !== undefined && { cost }) })}\n`
        : `${describeLabelling(report, options.output, prices)}\n`,
    );
  }, kept);
}

async function templatesOf({ promptFile = [] }: LabelFlags): Promise<string[]> {
  const { RUSSIAN_PROMPT } = await import('@otzyv/llm');
  return promptFile.length === 0 ? [RUSSIAN_PROMPT] : Promise.all(promptFile.map(readPrompt));
}

async function showPrompt(categories: readonly Category[], templates: readonly string[]): Promise<void> {
  const { instruction, reviewMessage } = await import('@otzyv/llm');
  for (const template of templates)
    process.stdout.write(`${instruction(template, categories)}\n\n${reviewMessage('…')}\n`);
}

function detailsOf({ done, questions, usage }: LabelProgress, prices: Prices | undefined): string {
  const cost = costOf(usage, prices);
  return `${count(done)} of ${count(questions)}${cost === undefined ? '' : ` · ${money(cost)}`}`;
}
