/**
 * A Hugging Face `tokenizer.json` for a WordPiece vocabulary: what BertTokenizer does, written out. For models
 * that we train from scratch, and for repositories so old that they hold only `vocab.txt`.
 */
export interface BertTokenizerOptions {
  readonly lowercase: boolean;
  /** Absent: as lowercase says, which is BERT's own default. */
  readonly stripAccents?: boolean | undefined;
  readonly tokenizeChineseChars?: boolean | undefined;
  /** ё as е, before all else */
  readonly foldYo?: boolean;
  /** Names that differ from BERT's own. */
  readonly specialTokens?: Partial<SpecialTokens> | undefined;
  /** Tokens beside the vocabulary, by their ids: `added_tokens.json` of old repositories. */
  readonly addedTokens?: Readonly<Record<string, number>> | undefined;
}

export type SpecialTokens = Readonly<
  Record<'pad_token' | 'unk_token' | 'cls_token' | 'sep_token' | 'mask_token', string>
>;

export const SPECIAL_TOKENS: SpecialTokens = {
  pad_token: '[PAD]',
  unk_token: '[UNK]',
  cls_token: '[CLS]',
  sep_token: '[SEP]',
  mask_token: '[MASK]',
};

/** @param vocabulary tokens by their ids */
export function tokenizerJson(
  vocabulary: readonly string[],
  options: BertTokenizerOptions,
): Record<string, unknown> {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const special = { ...SPECIAL_TOKENS, ...options.specialTokens };
  const isSpecial = (token: string) => Object.values(special).includes(token);
  const added = { ...Object.fromEntries(ids), ...options.addedTokens };
  const listed = [...Object.values(special), ...Object.keys(options.addedTokens ?? {})];
  const idOf = (token: string) => ids.get(token) ?? 0;
  const bert = {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: options.tokenizeChineseChars ?? true,
    strip_accents: options.stripAccents ?? null,
    lowercase: options.lowercase,
  };
  const replace = (from: string, to: string) => ({ type: 'Replace', pattern: { String: from }, content: to });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...new Set(listed)]
      .filter((token) => added[token] !== undefined)
      .map((content) => ({
        id: added[content],
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: !isSpecial(content),
        special: isSpecial(content),
      }))
      .sort((a, b) => Number(a.id) - Number(b.id)),
    normalizer: options.foldYo
      ? { type: 'Sequence', normalizers: [{ type: 'NFC' }, replace('ё', 'е'), replace('Ё', 'Е'), bert] }
      : bert,
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [place(special.cls_token, 0), sequence('A', 0), place(special.sep_token, 0)],
      pair: [
        place(special.cls_token, 0),
        sequence('A', 0),
        place(special.sep_token, 0),
        sequence('B', 1),
        place(special.sep_token, 1),
      ],
      special_tokens: Object.fromEntries(
        [special.cls_token, special.sep_token].map((token) => [
          token,
          { id: token, ids: [idOf(token)], tokens: [token] },
        ]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: special.unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}

function place(id: string, typeId: number) {
  return { SpecialToken: { id, type_id: typeId } };
}

function sequence(id: 'A' | 'B', typeId: number) {
  return { Sequence: { id, type_id: typeId } };
}
