/**
 * What models put around a text that they were asked for, taken off: numbers and bullets of a list, «Отзыв 1:», quotation
 * marks around the whole, Markdown. Until nothing is left to take off, so that cleaning twice is cleaning once.
 */

const STEPS: readonly ((text: string) => string)[] = [
  (text) => text.normalize('NFC').replace(/\s+/g, ' ').trim(),
  (text) => text.replace(/\*\*|__|`/g, ''),
  (text) => text.replace(/^(?:№ ?)?\d{1,3}[.):] /, ''), // «1. », not «1.5 литра»
  (text) => text.replace(/^[-–—*•·#>]+ /, ''),
  (text) =>
    text.replace(/^(?:(?:вот|мой|новый|ещё один) )*(?:отзыв|review)(?: ?№? ?\d{1,3})? ?[:.–—-] ?/i, ''),
  withoutQuotes,
];

const QUOTES: readonly [opening: string, closing: string][] = [
  ['«', '»'],
  ['"', '"'],
  ['“', '”'],
  ['„', '“'],
  ["'", "'"],
];

/** @example cleanedReview('1. «Отзыв: Куртка тёплая»') // 'Куртка тёплая' */
export function cleanedReview(text: string): string {
  for (let before = text; ; before = text) {
    text = STEPS.reduce((cleaned, step) => step(cleaned), before);
    if (text === before) return text;
  }
}

/** Around the whole only: «Куртка» и «шапка» keep theirs. */
function withoutQuotes(text: string): string {
  const isAround = ([opening, closing]: readonly [string, string]) => {
    const inside = text.slice(1, -1);
    return (
      text.length > 1 &&
      text.startsWith(opening) &&
      text.endsWith(closing) &&
      !inside.includes(opening) &&
      !inside.includes(closing)
    );
  };
  return QUOTES.some(isAround) ? text.slice(1, -1) : text;
}
