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
  readonly maxLength: number;
}

const SPECIAL = { pad: '[PAD]', unk: '[UNK]', cls: '[CLS]', sep: '[SEP]', mask: '[MASK]' } as const;

/** @param vocabulary tokens by their ids @returns the contents of the files, by name */
export function tokenizerFiles(
  vocabulary: readonly string[],
  options: BertTokenizerOptions,
): { 'tokenizer.json': string; 'tokenizer_config.json': string; 'vocab.txt': string } {
  return {
    'tokenizer.json': `${JSON.stringify(tokenizerJson(vocabulary, options), null, 1)}\n`,
    'tokenizer_config.json': `${JSON.stringify(tokenizerConfig(options), null, 2)}\n`,
    'vocab.txt': `${vocabulary.join('\n')}\n`,
  };
}

export function tokenizerJson(
  vocabulary: readonly string[],
  options: BertTokenizerOptions,
): Record<string, unknown> {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const present = Object.values(SPECIAL).filter((token) => ids.has(token));
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
    added_tokens: present.map((content) => ({
      id: idOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: options.foldYo
      ? { type: 'Sequence', normalizers: [{ type: 'NFC' }, replace('ё', 'е'), replace('Ё', 'Е'), bert] }
      : bert,
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special(SPECIAL.cls, 0), { Sequence: { id: 'A', type_id: 0 } }, special(SPECIAL.sep, 0)],
      pair: [
        special(SPECIAL.cls, 0),
        { Sequence: { id: 'A', type_id: 0 } },
        special(SPECIAL.sep, 0),
        { Sequence: { id: 'B', type_id: 1 } },
        special(SPECIAL.sep, 1),
      ],
      special_tokens: Object.fromEntries(
        [SPECIAL.cls, SPECIAL.sep].map((token) => [
          token,
          { id: token, ids: [idOf(token)], tokens: [token] },
        ]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: SPECIAL.unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}

/** With a class that takes `tokenizer.json` as it is: BertTokenizer would put a normaliser of its own in its place. */
function tokenizerConfig({
  lowercase,
  stripAccents,
  maxLength,
}: BertTokenizerOptions): Record<string, unknown> {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: maxLength,
    do_lower_case: lowercase,
    strip_accents: stripAccents ?? null,
    clean_up_tokenization_spaces: false,
    model_input_names: ['input_ids', 'token_type_ids', 'attention_mask'],
    pad_token: SPECIAL.pad,
    unk_token: SPECIAL.unk,
    cls_token: SPECIAL.cls,
    sep_token: SPECIAL.sep,
    mask_token: SPECIAL.mask,
  };
}

function special(id: string, typeId: number) {
  return { SpecialToken: { id, type_id: typeId } };
}
