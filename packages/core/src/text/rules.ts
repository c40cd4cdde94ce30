/**
 * The rules of cleaning, each a function from text to text, and what a text must have for a rule to find work in it.
 */
import { HAS } from './glance.ts';
import { decodeEntities, removeTags, removeTagsLoosely } from './html.ts';

/** In the order in which they are run. */
export const CLEANING_RULES = [
  'unicode',
  'entities',
  'control',
  'url',
  'html',
  'email',
  'phone',
  'emoji',
  'repeats',
  'yo',
  'whitespace',
] as const;
/** What can be switched on and off. */
export type CleaningRule = (typeof CLEANING_RULES)[number];

/** One rule's work. */
export type Step = (text: string) => string;

const URL = /(?:https?:\/\/|www\.)[^\s<>"«»]*[^\s<>"«».,!?:;…)]/giu;
/** Only under well-known endings: «размер.Ткань» is a missing space, not an address. */
const BARE_DOMAIN =
  /(?<![\p{L}\p{N}@._-])(?:[a-z0-9-]+\.)+(?:ru|com|net|org|su|by|kz|info|shop|store|online|site)(?:\/(?:[^\s<>"«»]*[^\s<>"«».,!?:;…)])?)?(?![\p{L}\p{N}_-])/giu;
const EMAIL = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

/**
 * Only what has a phone's digits in a phone's grouping: not dates, sizes, prices, measures or article numbers. Abroad
 * 11 to 13 digits behind a plus; in Russia ten behind 7 or 8, or behind an area code in brackets, the first of them
 * 3, 4, 8 or 9.
 */
const GAP = '[ ‐‑–-]?';
const END = '(?![\\p{L}\\p{N}])';
const PHONES = [
  String.raw`(?<![\p{L}\p{N}])\+[1-9](?:[ ‐‑–()-]{0,2}\d){10,12}?${END}`,
  String.raw`(?<![\p{L}\p{N}.,-])[78](?=[ ‐‑–(-])${GAP}\(?[3489]\d{2,3}\)?(?:${GAP}\d){6,7}${END}`,
  String.raw`(?<![\p{L}\p{N}.,-])(?<!арт\p{L}*[.:№\s]{0,3})8[489]\d{2}${GAP}\d{3}${GAP}\d{2}${GAP}\d{2}${END}`,
  String.raw`\([3489]\d{2}\)${GAP}\d(?:${GAP}\d){6}${END}`,
  String.raw`\([3489]\d{3}\)${GAP}\d(?:${GAP}\d){5}${END}`,
].map((pattern) => new RegExp(pattern, 'giu'));

/**
 * Emoji in all their forms (sequences, flags, skin tones, keycaps), but not digits, #, * and the marks of type and
 * trade, with which a phone's keyboard puts a variation selector.
 */
const EMOJI =
  /[\p{RGI_Emoji}--\q{©️|®️|™️|‼️|⁉️|ℹ️}]|[\p{Extended_Pictographic}--[©®™‼⁉ℹ]]|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u20E3/gv;

/** Zero-width characters, direction marks, soft hyphens, control characters but white space. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  /[\u0000-\u0008\u000E-\u001B\u007F-\u0084\u0086-\u009F\u00AD\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFD]/gu;
/** What holds emoji together, and is left over from them. */
const JOINERS = /\u200D|[\uFE00-\uFE0F]/gu;

/** With the separators of old terminals, which are white space to Python and to Unicode, if not to JavaScript. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are white space
const WHITE_SPACE = /[\s\u001C-\u001F\u0085]+/gu;

/** In the order in which they are run; a rule may have work to do at two places. */
export const STANDARD: readonly (readonly [CleaningRule, Step])[] = [
  ['unicode', (text) => text.normalize('NFC')],
  ['entities', decodeEntities],
  ['control', (text) => text.replace(INVISIBLE, '')], // they may stand inside an address
  ['url', (text) => text.replace(URL, ' ').replace(BARE_DOMAIN, ' ')],
  ['html', removeTags],
  ['email', (text) => text.replace(EMAIL, ' ')],
  ['phone', (text) => PHONES.reduce((rest, pattern) => rest.replace(pattern, ' '), text)],
  ['emoji', (text) => text.replace(EMOJI, ' ')],
  ['control', (text) => text.replace(JOINERS, '')], // emoji are known by them
  // stars are ratings
  ['repeats', (text) => text.replace(/([^\p{L}\p{N}\s*★☆])\1{3,}/gu, '$1$1$1')],
  ['yo', (text) => text.replace(/ё/g, 'е').replace(/Ё/g, 'Е')],
  ['whitespace', (text) => text.replace(WHITE_SPACE, ' ').trim()],
];

/** White space and digits as Python's patterns have them: of all scripts, and without the byte order mark. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are white space there
const PYTHON_SPACE = /[[\s--\uFEFF]\u001C-\u001F\u0085]/v.source;
const python = (pattern: string) =>
  new RegExp(pattern.replaceAll('SPACE', PYTHON_SPACE).replaceAll('DIGIT', String.raw`\p{Nd}`), 'gv');
const NOTEBOOK_URL = python('https?:\\/\\/[^SPACE]+');
const NOTEBOOK_WORD = python('[^SPACE]+');
const NOTEBOOK_PHONE = python('\\+?DIGIT[DIGIT\\-SPACE]{5,}DIGIT');
const NOTEBOOK_SPACE = python('SPACE+');
// a run of white space is looked at from its beginning only: else a long one takes quadratic time
const NOTEBOOK_ENDS = python('^SPACE+|(?<!SPACE)SPACE+$');

export const NOTEBOOK: Readonly<Partial<Record<CleaningRule, Step>>> = {
  url: (text) => text.replace(NOTEBOOK_ENDS, '').replace(NOTEBOOK_URL, ' '),
  html: removeTagsLoosely,
  // \S+@\S+, word by word: as a pattern over the whole text it takes quadratic time
  email: (text) => text.replace(NOTEBOOK_WORD, (word) => (/^.+@./su.test(word) ? ' ' : word)),
  phone: (text) => text.replace(NOTEBOOK_PHONE, ' '),
  emoji: (text) => text.replace(EMOJI, ' '),
  whitespace: (text) => text.replace(NOTEBOOK_SPACE, ' ').replace(NOTEBOOK_ENDS, ''),
};

/** What a text must have for a rule to find anything in it, in either preset. */
export const TRIGGERS: Readonly<Record<CleaningRule, number>> = {
  unicode: HAS.rare,
  entities: HAS.ampersand,
  control: HAS.rare,
  url: HAS.latin | HAS.oddSpace | HAS.rare,
  html: HAS.lessThan,
  email: HAS.at,
  phone: HAS.digit | HAS.rare,
  emoji: HAS.rare,
  repeats: HAS.repeatedMark | HAS.rare,
  yo: HAS.yo,
  whitespace: HAS.oddSpace | HAS.rare,
};
