/** Commands that are shown, to be typed again. */

/** @example `label ${quoted('мои отзывы.csv')}` // label 'мои отзывы.csv' */
export function quoted(word: string): string {
  return /^[\p{L}\p{N}_./,:=@%+-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
