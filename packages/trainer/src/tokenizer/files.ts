/**
 * A tokenizer's files, `tokenizer.json` and `tokenizer_config.json`, read so that each says all there is to say: a
 * folder written from them gives the same token ids here, in Python and in transformers.js, whichever of the two
 * files a reader believes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fileError, readJson, writeFileAtomically, writeJson } from '../files.ts';
import {
  type BertTokenizerOptions,
  SPECIAL_TOKENS,
  type SpecialTokens,
  tokenizerJson,
} from './tokenizer-json.ts';

export interface TokenizerFiles {
  /** Of `tokenizer.json`. */
  readonly json: object;
  /** Of `tokenizer_config.json`. */
  readonly config: object;
}

const token = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();

const configSchema = z.looseObject({
  tokenizer_class: z.string().nullish(),
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
  model_max_length: z.number().nullish(),
  pad_token: token,
  unk_token: token,
  cls_token: token,
  sep_token: token,
  mask_token: token,
});
type Config = z.infer<typeof configSchema>;

const normalizerSchema = z.looseObject({
  type: z.literal('BertNormalizer'),
  handle_chinese_chars: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  lowercase: z.boolean(),
});

/** Ids by tokens; of a Unigram model, such as XLM-RoBERTa's, tokens with their scores, the ids being their places. */
const vocabularySchema = z.union([z.record(z.string(), z.int()), z.array(z.tuple([z.string(), z.number()]))]);

const jsonSchema = z.looseObject({
  normalizer: z.looseObject({ type: z.string() }).nullish(),
  model: z.looseObject({ vocab: vocabularySchema }),
});

/** Of a vocabulary that was learned, or that stands alone. */
export function newTokenizerFiles(
  vocabulary: readonly string[],
  options: BertTokenizerOptions,
): TokenizerFiles {
  return completed(tokenizerJson(vocabulary, options), { ...options.specialTokens }, 'the new tokenizer');
}

/**
 * `tokenizer.json` is made from `vocab.txt` where a repository is so old that it has only that.
 * @throws OtzyvError `model.no-tokenizer` or `model.broken-tokenizer`
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const configPath = join(folder, 'tokenizer_config.json');
  const parsed = configSchema.safeParse({
    ...((await readIfPresent(join(folder, 'special_tokens_map.json'))) as object | undefined),
    ...((await readIfPresent(configPath)) as object | undefined),
  });
  if (!parsed.success) throw brokenTokenizer(`${configPath}: ${z.prettifyError(parsed.error)}`, parsed.error);
  const json = await readIfPresent(join(folder, 'tokenizer.json'));
  return completed(json ?? (await jsonFromVocabulary(folder, parsed.data)), parsed.data, folder);
}

/** @param maxLength in tokens, at which readers that know nothing of Otzyv are to cut */
export async function writeTokenizerFiles(
  { json, config }: TokenizerFiles,
  folder: string,
  maxLength: number,
): Promise<void> {
  const { vocab } = jsonSchema.parse(json).model;
  await writeJson(join(folder, 'tokenizer.json'), json);
  await writeJson(join(folder, 'tokenizer_config.json'), { ...config, model_max_length: maxLength });
  if (Array.isArray(vocab)) return;
  const byId = Object.entries(vocab).sort(([, a], [, b]) => a - b);
  // there a token's id is its line
  if (byId.every(([, id], line) => id === line))
    await writeFileAtomically(join(folder, 'vocab.txt'), byId.map(([name]) => `${name}\n`).join(''));
}

export function brokenTokenizer(message: string, cause?: unknown): OtzyvError {
  return new OtzyvError(
    'model.broken-tokenizer',
    message,
    'Take tokenizer.json, tokenizer_config.json and vocab.txt from the model again.',
    { cause },
  );
}

/** What the configuration says of BERT's normaliser goes into the one, and what it does not say into the other. */
function completed(json: unknown, config: Config, place: string): TokenizerFiles {
  const parsed = jsonSchema.safeParse(json);
  if (!parsed.success)
    throw brokenTokenizer(`${place}: tokenizer.json: ${z.prettifyError(parsed.error)}`, parsed.error);
  const { data } = parsed;
  const bert = normalizerSchema.safeParse(data.normalizer);
  // any other normaliser is kept only by a class that takes tokenizer.json as it is
  const tokenizerClass =
    config.tokenizer_class ?? (bert.success ? 'BertTokenizer' : 'PreTrainedTokenizerFast');
  const named = specialTokens(config);
  const tokens = tokensOf(data.model.vocab);
  const known = Object.entries({ ...SPECIAL_TOKENS, ...named }).filter(
    ([name, value]) => name in named || tokens.has(value),
  );
  const common = {
    clean_up_tokenization_spaces: false,
    model_input_names: ['input_ids', 'token_type_ids', 'attention_mask'],
    ...config,
    tokenizer_class: tokenizerClass,
    ...Object.fromEntries(known),
  };
  if (!bert.success) return { json: data, config: common };

  // as Python's classes: only these put what the configuration says into the normaliser. Where it says nothing the
  // normaliser stays as its author left it, while Python would put the defaults of BERT in its place.
  const obeysConfig = tokenizerClass.startsWith('Bert');
  const normalizer = {
    ...bert.data,
    ...(obeysConfig && {
      lowercase: config.do_lower_case ?? bert.data.lowercase,
      strip_accents: config.strip_accents ?? bert.data.strip_accents ?? null,
      handle_chinese_chars: config.tokenize_chinese_chars ?? bert.data.handle_chinese_chars ?? true,
    }),
  };
  return {
    json: { ...data, normalizer },
    config: {
      ...common,
      do_lower_case: normalizer.lowercase,
      strip_accents: normalizer.strip_accents ?? null,
      tokenize_chinese_chars: normalizer.handle_chinese_chars ?? true,
    },
  };
}

function tokensOf(vocabulary: z.infer<typeof vocabularySchema>): ReadonlySet<string> {
  return new Set(Array.isArray(vocabulary) ? vocabulary.map(([name]) => name) : Object.keys(vocabulary));
}

function specialTokens(config: Config): Partial<SpecialTokens> {
  const names = Object.keys(SPECIAL_TOKENS) as (keyof SpecialTokens)[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = config[name];
      return value == null ? [] : [[name, typeof value === 'string' ? value : value.content]];
    }),
  );
}

async function jsonFromVocabulary(folder: string, config: Config): Promise<object> {
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
  const addedPath = join(folder, 'added_tokens.json');
  const added = z.record(z.string(), z.int()).safeParse((await readIfPresent(addedPath)) ?? {});
  if (!added.success) throw brokenTokenizer(`${addedPath}: ${z.prettifyError(added.error)}`, added.error);
  return tokenizerJson(text.replace(/\r?\n$/, '').split(/\r?\n/), {
    lowercase: config.do_lower_case ?? true,
    stripAccents: config.strip_accents ?? undefined,
    tokenizeChineseChars: config.tokenize_chinese_chars ?? undefined,
    specialTokens: specialTokens(config),
    addedTokens: added.data,
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
