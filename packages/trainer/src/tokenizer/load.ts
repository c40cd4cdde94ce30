/**
 * Tokenizers of Hugging Face folders, through the transformers library. Texts become token ids as Python's
 * BertTokenizer makes them; goldens hold it to that. Over all of Unicode the two part only on ideographs beyond
 * the first plane (no spaces around them here) and on marks of Indic and ancient scripts that the Unicode tables
 * in Python's library are too old for: nothing that stands in reviews, and [UNK] to their models either way.
 */
import { brokenTokenizer, readTokenizerFiles, type TokenizerFiles } from './files.ts';

/** A text as token ids. */
export interface Encoding {
  /** special tokens included, cut at the length asked for */
  readonly ids: readonly number[];
  /** of the whole text, special ones included */
  readonly tokens: number;
  readonly isTruncated: boolean;
}

/** Texts to token ids, one at a time. */
export interface Tokenizer {
  /** @param maxLength in tokens, special ones included */
  encode(text: string, maxLength: number): Encoding;
  readonly padTokenId: number;
  /** of what the vocabulary does not hold; undefined where it holds everything */
  readonly unknownTokenId: number | undefined;
  /** ids are below this: a model needs as many embeddings */
  readonly vocabularySize: number;
}

/** @throws OtzyvError `model.no-tokenizer` or `model.broken-tokenizer` */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  return createTokenizer(await readTokenizerFiles(folder), folder);
}

/** @param place the folder, for errors */
export async function createTokenizer({ json, config }: TokenizerFiles, place: string): Promise<Tokenizer> {
  const { PreTrainedTokenizer } = await import('@xenova/transformers');
  const tokenizer = (() => {
    try {
      return new PreTrainedTokenizer(json, config);
    } catch (error) {
      throw brokenTokenizer(`${place}: the tokenizer cannot be loaded: ${(error as Error).message}`, error);
    }
  })();
  const idsOf = (text: string): number[] => tokenizer.encode(text);
  // a special token that the vocabulary lacks shows as an id that is none
  if (!idsOf('𓀀').every(Number.isInteger)) {
    throw brokenTokenizer(`${place}: the vocabulary lacks a special token such as [CLS], [SEP] or [UNK]`);
  }
  const closingTokens = idsOf('').length > 1 ? 1 : 0;
  return {
    padTokenId: tokenizer.pad_token_id ?? 0,
    unknownTokenId: tokenizer.unk_token_id ?? undefined,
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
