/**
 * Tokenizers of Hugging Face folders, through the transformers library. Texts become token ids as Python's
 * BertTokenizer makes them; goldens hold it to that. Over all of Unicode the two part only on ideographs beyond
 * the first plane (no spaces around them here) and on marks of Indic and ancient scripts that the Unicode tables
 * in Python's library are too old for: nothing that stands in reviews, and [UNK] to their models either way.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fileError, readJson } from '../files.ts';
import { tokenizerJson } from './tokenizer-json.ts';

export interface Encoding {
  /** special tokens included, cut at the length asked for */
  readonly ids: readonly number[];
  /** of the whole text, special ones included */
  readonly tokens: number;
  readonly isTruncated: boolean;
}

export interface Tokenizer {
  /** @param maxLength in tokens, special ones included */
  encode(text: string, maxLength: number): Encoding;
  readonly padTokenId: number;
  /** ids are below this: a model needs as many embeddings */
  readonly vocabularySize: number;
}

const configSchema = z.looseObject({
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
});

/** @throws OtzyvError `model.no-tokenizer` or `model.broken-tokenizer` */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const config = (await readIfPresent(join(folder, 'tokenizer_config.json'))) ?? {};
  return createTokenizer(await readTokenizerJson(folder), config, folder);
}

/** `tokenizer.json`, made from `vocab.txt` where a repository is so old that it has only that. */
export async function readTokenizerJson(folder: string): Promise<unknown> {
  return (await readIfPresent(join(folder, 'tokenizer.json'))) ?? jsonFromVocabulary(folder);
}

/** @param files contents of `tokenizer.json` and `tokenizer_config.json` */
export function tokenizerFromFiles(files: {
  'tokenizer.json': string;
  'tokenizer_config.json': string;
}): Promise<Tokenizer> {
  return createTokenizer(
    JSON.parse(files['tokenizer.json']),
    JSON.parse(files['tokenizer_config.json']),
    'the tokenizer',
  );
}

async function createTokenizer(json: unknown, config: unknown, place: string): Promise<Tokenizer> {
  const { PreTrainedTokenizer } = await import('@xenova/transformers');
  const tokenizer = (() => {
    try {
      return new PreTrainedTokenizer(json as object, config as object);
    } catch (error) {
      throw broken(`${place}: the tokenizer cannot be loaded: ${(error as Error).message}`, error);
    }
  })();
  const idsOf = (text: string): number[] => tokenizer.encode(text);
  // a special token that the vocabulary lacks shows as an id that is none
  if (!idsOf('𓀀').every(Number.isInteger)) {
    throw broken(`${place}: the vocabulary lacks a special token such as [CLS], [SEP] or [UNK]`);
  }
  const closingTokens = idsOf('').length > 1 ? 1 : 0;
  return {
    padTokenId: tokenizer.pad_token_id ?? 0,
    vocabularySize: vocabularySize(tokenizer.get_vocab()),
    encode: (text, maxLength) => {
      const ids = idsOf(text);
      const tokens = ids.length;
      if (tokens <= maxLength) return { ids, tokens, isTruncated: false };
      // [CLS] … [SEP]: what closes the text stays
      const closing = ids.slice(tokens - closingTokens);
      return { ids: [...ids.slice(0, maxLength - closing.length), ...closing], tokens, isTruncated: true };
    },
  };
}

function vocabularySize(ids: ReadonlyMap<string, number>): number {
  let size = 0;
  for (const id of ids.values()) size = Math.max(size, id + 1);
  return size;
}

function broken(message: string, cause?: unknown): OtzyvError {
  return new OtzyvError(
    'model.broken-tokenizer',
    message,
    'Take tokenizer.json, tokenizer_config.json and vocab.txt from the model again.',
    { cause },
  );
}

async function jsonFromVocabulary(folder: string): Promise<object> {
  const configPath = join(folder, 'tokenizer_config.json');
  const path = join(folder, 'vocab.txt');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, path);
    throw new OtzyvError(
      'model.no-tokenizer',
      `${folder} has neither tokenizer.json nor vocab.txt`,
      'Take them from the model that the weights belong to.',
      { cause: error },
    );
  });
  const config = configSchema.safeParse((await readIfPresent(configPath)) ?? {});
  if (!config.success) throw broken(`${configPath}: ${z.prettifyError(config.error)}`, config.error);
  const {
    do_lower_case: lowercase,
    strip_accents: stripAccents,
    tokenize_chinese_chars: chinese,
  } = config.data;
  const vocabulary = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return tokenizerJson(vocabulary, {
    lowercase: lowercase ?? true,
    stripAccents: stripAccents ?? undefined,
    tokenizeChineseChars: chinese ?? undefined,
    maxLength: 512,
  });
}

async function readIfPresent(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (error) {
    if (error instanceof OtzyvError && error.code === 'data.missing-file') return undefined;
    throw error;
  }
}
