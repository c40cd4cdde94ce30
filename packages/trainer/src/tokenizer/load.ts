/**
 * Tokenizers of Hugging Face folders, through the transformers library. Texts become token ids as Python's
 * BertTokenizer makes them; goldens hold it to that.
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
  readonly isTruncated: boolean;
}

export interface Tokenizer {
  /** @param maxLength in tokens, special ones included */
  encode(text: string, maxLength: number): Encoding;
  readonly padTokenId: number;
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
      throw new OtzyvError(
        'model.broken-tokenizer',
        `${place}: the tokenizer cannot be loaded: ${(error as Error).message}`,
        'Take tokenizer.json and tokenizer_config.json from the model again.',
        { cause: error },
      );
    }
  })();
  const end = tokenizer.encode('').length;
  return {
    padTokenId: tokenizer.pad_token_id ?? 0,
    encode: (text, maxLength) => {
      const ids: number[] = tokenizer.encode(text);
      if (ids.length <= maxLength) return { ids, isTruncated: false };
      // [CLS] … [SEP]: what closes the text stays
      const closing = end > 1 ? ids.slice(-1) : [];
      return { ids: [...ids.slice(0, maxLength - closing.length), ...closing], isTruncated: true };
    },
  };
}

async function jsonFromVocabulary(folder: string): Promise<object> {
  const config = (await readIfPresent(join(folder, 'tokenizer_config.json'))) ?? {};
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
  const {
    do_lower_case: lowercase,
    strip_accents: stripAccents,
    tokenize_chinese_chars: chinese,
  } = configSchema.parse(config);
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
