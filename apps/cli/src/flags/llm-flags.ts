/** Flags of every command that asks a language model: which, how hard it may be asked, and what it costs. */
import { readFile } from 'node:fs/promises';
import { OtzyvError } from '@otzyv/core';
import type { AskingOptions, BackendOptions } from '@otzyv/llm';
import { type Command, Option } from 'commander';
import { fetching } from '../fetching.ts';
import type { Prices } from '../terminal/money.ts';
import type { Progress } from '../terminal/progress.ts';
import { natural, notNegative, number, positive, seconds } from './values.ts';

export interface LlmFlags {
  llm?: string;
  llmUrl?: string;
  llmKeyVariable?: string;
  concurrency?: number;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
  retries: number;
  timeout: number;
  maxAnswerTokens: number;
  priceInput?: number;
  priceOutput?: number;
  device?: 'cpu' | 'gpu';
  threads?: number;
  offline?: boolean;
}

export function llmOptions(): readonly Option[] {
  return [
    new Option(
      '--llm <model>',
      'a .gguf file, organisation/name[/file.gguf] of the hub, or a name at --llm-url',
    ),
    new Option('--llm-url <address>', 'an OpenAI-compatible endpoint, such as http://localhost:11434/v1'),
    new Option(
      '--llm-key-variable <name>',
      'the environment variable that holds its key (default: OPENAI_API_KEY)',
    ),
    new Option(
      '--concurrency <n>',
      'questions at once (default: 4 at an endpoint; embedded, one for each prompt)',
    ).argParser(natural),
    new Option('--requests-per-minute <n>', 'a limit of the endpoint').argParser(positive),
    new Option('--tokens-per-minute <n>', 'a limit of the endpoint').argParser(positive),
    new Option('--retries <n>', 'times a question is asked again when the endpoint is busy or breaks off')
      .argParser(number)
      .default(6),
    new Option('--timeout <seconds>', 'for one answer of an endpoint').argParser(seconds).default(120),
    new Option('--max-answer-tokens <n>', 'of an answer, its thinking included')
      .argParser(natural)
      .default(512),
    new Option('--price-input <amount>', 'of a million tokens read, to show the cost').argParser(notNegative),
    new Option('--price-output <amount>', 'of a million tokens written').argParser(notNegative),
    new Option('--device <kind>', 'for a GGUF model (default: the best there is)').choices(['cpu', 'gpu']),
    new Option(
      '--threads <n>',
      'for a GGUF model (default: the cores that are good at arithmetic)',
    ).argParser(natural),
    new Option('--offline', 'use the cache only, never the network, for a GGUF model'),
  ];
}

export function addLlmFlags(command: Command): Command {
  return llmOptions().reduce((all, option) => all.addOption(option), command);
}

export function backendOptions(llm: string, flags: LlmFlags, progress: Progress): BackendOptions {
  const { llmUrl: url, concurrency, device, threads, maxAnswerTokens } = flags;
  return {
    ...{ llm, url, concurrency, device, threads, maxAnswerTokens },
    key: url === undefined ? undefined : keyFrom(flags.llmKeyVariable),
    timeoutMs: flags.timeout * 1000,
    fetching: fetching(progress, flags),
  };
}

export function askingOptions({
  requestsPerMinute,
  tokensPerMinute,
  retries,
}: LlmFlags): Pick<AskingOptions, 'limits' | 'retries'> {
  return { limits: { requestsPerMinute, tokensPerMinute }, retries };
}

export function pricesOf({ priceInput, priceOutput }: LlmFlags): Prices | undefined {
  if (priceInput === undefined && priceOutput === undefined) return undefined;
  return { input: priceInput ?? 0, output: priceOutput ?? 0 };
}

/** @throws OtzyvError `data.missing-file` and the like */
export async function readPrompt(path: string): Promise<string> {
  const { fileError } = await import('@otzyv/trainer');
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path);
  });
}

/** A key is never a flag: those are seen by all who list the processes. @throws OtzyvError `options.missing` */
function keyFrom(variable: string | undefined): string | undefined {
  const key = process.env[variable ?? 'OPENAI_API_KEY']?.trim() || undefined;
  if (key !== undefined || variable === undefined) return key;
  throw new OtzyvError(
    'options.missing',
    `the variable ${variable}, named by --llm-key-variable, holds no key`,
    `Put it there: export ${variable}=…`,
  );
}

/**
 * @param names of options, as they are typed, that mean nothing here
 * @param reason such as `--rules asks no model`
 * @throws OtzyvError `options.usage` where one was given
 */
export function refuseTyped(command: Command, names: readonly string[], reason: string): void {
  const typed = command.options.filter(
    (option) =>
      names.includes(option.long ?? '') && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (typed.length === 0) return;
  throw new OtzyvError(
    'options.usage',
    `${typed.map(({ long }) => long).join(', ')}: ${reason}`,
    'Leave out one or the other.',
  );
}
