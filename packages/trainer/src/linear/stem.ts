/**
 * Russian inflection, cut off roughly: «куртка», «куртку», «курткой» are one feature. Coarser than Snowball, in
 * one step; words of other languages mostly pass unchanged.
 */
const ENDINGS = [
  ...['иями', 'ями', 'ами', 'ого', 'его', 'ому', 'ему', 'ыми', 'ими'],
  ...[
    'ая',
    'яя',
    'ое',
    'ее',
    'ые',
    'ие',
    'ый',
    'ий',
    'ой',
    'ей',
    'ую',
    'юю',
    'ов',
    'ев',
    'ах',
    'ях',
    'ам',
    'ям',
  ],
  ...['ом', 'ем', 'ть', 'ся', 'сь', 'ла', 'ло', 'ли', 'а', 'я', 'о', 'е', 'ы', 'и', 'у', 'ю', 'ь', 'й'],
];

/** What is left keeps at least this many letters. */
const LEAST_STEM = 4;

/** @param word in lower case, with е for ё */
export function stem(word: string): string {
  for (const ending of ENDINGS) {
    if (word.length - ending.length >= LEAST_STEM && word.endsWith(ending))
      return word.slice(0, -ending.length);
  }
  return word;
}
