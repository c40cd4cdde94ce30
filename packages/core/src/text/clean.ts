/**
 * Cleaning, as a list of named rules in a fixed order. Two presets: `notebook` does what the research notebook
 * did, its fault included (the phone rule eats dates and long article numbers); `standard` keeps those, and
 * handles what people's keyboards and browsers leave in reviews. Every rule can be switched.
 */
import { decodeEntities, removeTags, removeTagsLoosely } from './html.ts';

export const CLEANING_RULES = [
  'unicode',
  'entities',
  'url',
  'html',
  'email',
  'phone',
  'emoji',
  'control',
  'repeats',
  'yo',
  'whitespace',
] as const;
export type CleaningRule = (typeof CLEANING_RULES)[number];

export const CLEANING_PRESETS = ['standard', 'notebook', 'none'] as const;

/** How texts are cleaned: stored with a model, so that it reads new texts as it read those it learned from. */
export interface CleaningSpec {
  readonly preset: (typeof CLEANING_PRESETS)[number];
  /** Exceptions from the preset. */
  readonly rules?: Readonly<Partial<Record<CleaningRule, boolean>>>;
}

type Step = (text: string) => string;

const URL = /(?:https?:\/\/|www\.)[^\s<>"«»]*[^\s<>"«».,!?:;…)]/giu;
/** Only under well-known endings: «размер.Ткань» is a missing space, not an address. */
const BARE_DOMAIN =
  /(?<![\p{L}\p{N}@._-])(?:[a-z0-9-]+\.)+(?:ru|com|net|org|su|by|kz|info|shop|store|online|site)(?:\/(?:[^\s<>"«»]*[^\s<>"«».,!?:;…)])?)?(?![\p{L}\p{N}_-])/giu;
const EMAIL = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

/** Only what has a phone's digits in a phone's grouping: not dates, sizes, prices or article numbers. */
const PHONES = [
  /(?<![\p{L}\p{N}])\+\d{1,3}[ ‐‑–-]?\(?\d{2,4}\)?(?:[ ‐‑–-]?\d{2,4}){2,4}(?![\p{L}\p{N}])/gu,
  /(?<![\p{L}\p{N}.,-])[78](?:[ ‐‑–-]\(?\d{3,4}\)?|\(\d{3,4}\))[ ‐‑–-]?\d{2,3}[ ‐‑–-]?\d{2}[ ‐‑–-]?\d{2}(?![\p{L}\p{N}])/gu,
  /(?<![\p{L}\p{N}.,-])8[489]\d{2}[ ‐‑–-]?\d{3}[ ‐‑–-]?\d{2}[ ‐‑–-]?\d{2}(?![\p{L}\p{N}])/gu,
  /\(\d{3,5}\)[ ‐‑–-]?\d{2,3}[ ‐‑–-]?\d{2}[ ‐‑–-]?\d{2}(?![\p{L}\p{N}])/gu,
];
const NOTEBOOK_PHONE = /\+?\d[\d\-\s]{5,}\d/gu;

/**
 * Emoji in all their forms (sequences, flags, skin tones, keycaps), but not digits, #, * and the marks of type and
 * trade, with which a phone's keyboard puts a variation selector.
 */
const EMOJI =
  /[\p{RGI_Emoji}--\q{©️|®️|™️|‼️|⁉️|ℹ️}]|[\p{Extended_Pictographic}--[©®™‼⁉ℹ]]|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u20E3/gv;

/** Zero-width characters, direction marks, soft hyphens, variation selectors, control characters but white space. */
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: variation selectors stand alone here
  /[\u0000-\u0008\u000E-\u001B\u007F-\u0084\u0086-\u009F\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFE00-\uFE0F\uFEFF\uFFF9-\uFFFD]/gu;

const STANDARD: Readonly<Record<CleaningRule, Step>> = {
  unicode: (text) => text.normalize('NFC'),
  entities: decodeEntities,
  url: (text) => text.replace(URL, ' ').replace(BARE_DOMAIN, ' '),
  html: removeTags,
  email: (text) => text.replace(EMAIL, ' '),
  phone: (text) => PHONES.reduce((rest, pattern) => rest.replace(pattern, ' '), text),
  emoji: (text) => text.replace(EMOJI, ' '),
  control: (text) => text.replace(CONTROL, ''),
  repeats: (text) => text.replace(/([^\p{L}\p{N}\s])\1{3,}/gu, '$1$1$1'),
  yo: (text) => text.replace(/ё/g, 'е').replace(/Ё/g, 'Е'),
  whitespace: (text) => text.replace(/\s+/gu, ' ').trim(),
};

const NOTEBOOK: Readonly<Partial<Record<CleaningRule, Step>>> = {
  url: (text) => text.trim().replace(/https?:\/\/\S+/gu, ' '),
  html: removeTagsLoosely,
  // \S+@\S+, word by word: as a pattern over the whole text it takes quadratic time
  email: (text) => text.replace(/\S+/gu, (word) => (/^.+@./su.test(word) ? ' ' : word)),
  phone: (text) => text.replace(NOTEBOOK_PHONE, ' '),
  emoji: STANDARD.emoji,
  whitespace: STANDARD.whitespace,
};

/**
 * One rule's work can make work for another (a zero-width space inside an address): the rules are run until nothing
 * changes. What real texts hold takes two passes; the limit keeps a malicious one from taking thousands.
 */
const MOST_PASSES = 8;

/**
 * The cleaning that a spec describes.
 * @example cleaner({ preset: 'standard', rules: { emoji: false } })('Супер 👍!!!!!!') // 'Супер 👍!!!'
 */
export function cleaner({ preset, rules = {} }: CleaningSpec): Step {
  const own = preset === 'notebook' ? NOTEBOOK : {};
  const isOn = (rule: CleaningRule) => rules[rule] ?? (preset === 'standard' || rule in own);
  const steps = CLEANING_RULES.filter(isOn).map((rule) => own[rule] ?? STANDARD[rule]);
  const once: Step = (text) => steps.reduce((cleaned, step) => step(cleaned), text);
  if (preset === 'notebook') return once;
  return (text) => {
    let cleaned = once(text);
    for (let pass = 1; pass < MOST_PASSES; pass++) {
      const again = once(cleaned);
      if (again === cleaned) break;
      cleaned = again;
    }
    return cleaned;
  };
}

/** @example cleanText('Куртка&nbsp;<b>огонь</b>!!!!!! https://example.com') // 'Куртка огонь!!!' */
export function cleanText(text: string, spec: CleaningSpec = { preset: 'standard' }): string {
  return cleaner(spec)(text);
}
