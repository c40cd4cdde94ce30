/** Commands that are shown, to be typed again. */

/** @example `label ${quotedForShell('мои отзывы.csv')}` // label 'мои отзывы.csv' */
export function quotedForShell(word: string): string {
  return /^[\p{L}\p{N}_./,:=@%+-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
