/** A `--config` file: any of a command's options by any of their names; what was typed overrides it. */
import { readFile } from 'node:fs/promises';
import { OtzyvError } from '@otzyv/core';
import type { Command, Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { canonicalOption } from '../arguments.ts';
import { number, positive, repeated } from './values.ts';

/** A flag typed overrides the config file. @throws OtzyvError for a config file that cannot be used */
export async function mergeConfig<T extends { config?: string }>(typed: T, command: Command): Promise<T> {
  if (typed.config === undefined) return typed;
  return { ...((await readConfig(typed.config, command.options)) as Partial<T>), ...typed };
}

/** A YAML or JSON file of options. @param flag that names it */
export async function readOptionsFile(path: string, flag: string): Promise<object> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new OtzyvError(
      'options.config',
      `${path} cannot be read: ${(error as Error).message}`,
      `Check the path of ${flag}.`,
    );
  });
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    throw new OtzyvError('options.config', `${path}: ${message}`, 'Correct the YAML at that place.', {
      cause: error,
    });
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  throw new OtzyvError(
    'options.config',
    `${path} is not a list of options`,
    'Write one "option: value" a line.',
  );
}

async function readConfig(path: string, known: readonly Option[]): Promise<object> {
  const content = await readOptionsFile(path, '--config');
  const entries = Object.entries(optionsIn(content)).map(([key, value]) => {
    const name = canonicalOption(key);
    const option = known.find((one) => one.name() === name);
    if (option === undefined) {
      throw new OtzyvError(
        'options.config',
        `${path}: unknown option "${key}"`,
        `Known are: ${known.map((one) => one.name()).join(', ')}.`,
      );
    }
    return [option.attributeName(), configValue(option, value, `${path}: option "${key}"`)];
  });
  return Object.fromEntries(entries);
}

/** A run's own `run.json` is a config file too: its resolved options stand one level down. */
function optionsIn(content: object): object {
  const { options } = content as { options?: unknown };
  return typeof options === 'object' && options !== null ? options : content;
}

/** Options that may be more than a word: what they hold is checked where it is used. */
const STRUCTURED = ['cleaning', 'loss'];

/** Options that may name several things. */
const LISTS = ['model', 'loss'];

function configValue(option: Option, value: unknown, place: string): unknown {
  const expect = (kind: string, isRight: boolean) => {
    if (isRight) return value;
    throw new OtzyvError(
      'options.config',
      `${place} must be ${kind}, not ${JSON.stringify(value)}`,
      'Correct the value in the file.',
    );
  };
  if (option.isBoolean() || option.negate) {
    expect('true or false', typeof value === 'boolean');
    return option.negate ? !value : value; // `no_shuffle: true` says no to `shuffle`
  }
  if (option.parseArg === number || option.parseArg === positive)
    return expect('a number', typeof value === 'number');
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (STRUCTURED.includes(option.name()) && isObject) return value;
  if (LISTS.includes(option.name()) && Array.isArray(value)) {
    const isLoss = option.name() === 'loss'; // its numbers may stand with it: {kind: focal, gamma: 1}
    expect(
      isLoss ? 'a list of names or of {kind, …}' : 'a list of words',
      value.every((one) => typeof one === 'string' || (isLoss && typeof one?.kind === 'string')),
    );
    return isLoss ? value : value.join(',');
  }
  if (option.parseArg === repeated) {
    const values = Array.isArray(value) ? value : [value];
    expect(
      'a word or a list of words',
      values.every((one) => typeof one !== 'object'),
    );
    return values.map(String);
  }
  // YAML reads `text_column: 1` as a number and `greater_is_better: true` as a claim
  return String(expect('a word', ['string', 'number', 'boolean'].includes(typeof value)));
}
