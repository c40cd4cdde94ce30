/**
 * Tokenizers of Hugging Face folders, through the transformers library. Texts become token ids as Python's
 * BertTokenizer makes them; goldens hold it to that. Over all of Unicode the two part only on ideographs beyond
 * the first plane (no spaces around them here) and on marks of Indic and ancient scripts that the Unicode tables
 * in Python's library are too old for: nothing that stands in reviews, and [UNK] to their models either way. Unigram
 * models, such as XLM-RoBERTa's, part from Python on U+FEFF and joiners between emoji.
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

/** What a token is in a text; `special`: [CLS], [UNK] and their like. */
export type TokenRole = 'begins-word' | 'continues-word' | 'special';

/** The vocabulary by what its pieces are in words. */
export interface WordPieces {
  /** without the mark of one that continues a word */
  textOf(id: number): string;
  idOf(text: string, continuesWord: boolean): number | undefined;
}

/** Texts to token ids, one at a time. */
export interface Tokenizer {
  /** @param maxLength in tokens, special ones included */
  encode(text: string, maxLength: number): Encoding;
  readonly padTokenId: number;
  /** of what the vocabulary does not hold; undefined where it holds everything */
  readonly unknownTokenId: number | undefined;
  /** of what hides a token, where the vocabulary has one */
  readonly maskTokenId: number | undefined;
  /** Words of other tokenizers than WordPiece have no beginning that can be told from the token: each token is one. */
  roleOf(id: number): TokenRole;
  /** undefined for other tokenizers than WordPiece */
  readonly pieces: WordPieces | undefined;
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
  const vocabulary: ReadonlyMap<string | undefined, number> = tokenizer.get_vocab();
  const prefix = continuationPrefix(json);
  return {
    padTokenId: tokenizer.pad_token_id ?? 0,
    unknownTokenId: tokenizer.unk_token_id ?? undefined,
    maskTokenId: tokenizer.mask_token_id ?? undefined,
    roleOf: roles(vocabulary, tokenizer.all_special_ids, prefix),
    pieces: prefix === undefined ? undefined : wordPieces(vocabulary, prefix),
    vocabularySize: vocabularySize(vocabulary),
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

/** @param vocabulary an id between two tokens that no token has comes without one */
function roles(
  vocabulary: ReadonlyMap<string | undefined, number>,
  specialIds: readonly number[],
  prefix: string | undefined,
): Tokenizer['roleOf'] {
  const special = new Set(specialIds);
  const continuing = new Set<number>();
  for (const [token, id] of vocabulary) {
    if (prefix !== undefined && token?.startsWith(prefix) && token !== prefix) continuing.add(id);
  }
  return (id) => (special.has(id) ? 'special' : continuing.has(id) ? 'continues-word' : 'begins-word');
}

function wordPieces(vocabulary: ReadonlyMap<string | undefined, number>, prefix: string): WordPieces {
  const texts = new Map<number, string>();
  for (const [token, id] of vocabulary) if (token !== undefined) texts.set(id, token);
  return {
    textOf: (id) => {
      const text = texts.get(id) ?? '';
      return text.startsWith(prefix) && text !== prefix ? text.slice(prefix.length) : text;
    },
    idOf: (text, continuesWord) => vocabulary.get(continuesWord ? prefix + text : text),
  };
}

/** Of WordPiece: «##». */
function continuationPrefix(json: object): string | undefined {
  const { model } = json as { model?: { continuing_subword_prefix?: unknown } };
  const prefix = model?.continuing_subword_prefix;
  return typeof prefix === 'string' && prefix !== '' ? prefix : undefined;
}

function vocabularySize(ids: ReadonlyMap<string | undefined, number>): number {
  let size = 0;
  for (const id of ids.values()) size = Math.max(size, id + 1);
  return size;
}
