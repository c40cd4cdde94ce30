/**
 * A glance at a text that tells which kinds of characters it has: most reviews have nothing that a rule of cleaning
 * could change, and the patterns of the rules cost a hundred times as much as the glance.
 */

/** What a text may have in it, as bits of one number. */
export const HAS = {
  /** a to z: no address is without */
  latin: 1,
  digit: 2,
  ampersand: 4,
  lessThan: 8,
  at: 16,
  yo: 32,
  /** the same mark four times on end */
  repeatedMark: 64,
  /** white space at an end, after other white space, or other than a space */
  oddSpace: 128,
  /** anything but ASCII, Russian letters and a few marks of typography: any rule may be about it */
  rare: 256,
} as const;

const MARK = 512;
const SPACE = 1024;

/** Bits by UTF-16 code, of the codes that reviews are made of. */
const BITS = new Uint16Array(0x2200).fill(HAS.rare);
const mark = (characters: string, bits: number) => {
  for (const character of characters) BITS[character.charCodeAt(0)] = bits;
};
mark('!"#$%\'()*+,-./:;=>?[\\]^_`{|}~«»–—…“”„№', MARK);
mark('0123456789', HAS.digit);
mark('abcdefghijklmnopqrstuvwxyz', HAS.latin);
mark('ABCDEFGHIJKLMNOPQRSTUVWXYZ', HAS.latin);
mark('абвгдежзийклмнопрстуфхцчшщъыьэюя', 0);
mark('АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ', 0);
mark('ёЁ', HAS.yo);
mark('&', HAS.ampersand | MARK);
mark('<', HAS.lessThan | MARK);
mark('@', HAS.at | MARK);
mark(' ', SPACE);
mark('\t\n\v\f\r', SPACE | HAS.oddSpace);

/** @returns bits of HAS */
export function glance(text: string): number {
  let found = 0;
  let before = -1;
  let times = 1;
  let bitsBefore = SPACE;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const bits = code < BITS.length ? (BITS[code] as number) : HAS.rare;
    times = code === before ? times + 1 : 1;
    if (times === 4 && (bits & MARK) !== 0) found |= HAS.repeatedMark;
    if ((bits & bitsBefore & SPACE) !== 0) found |= HAS.oddSpace;
    found |= bits;
    before = code;
    bitsBefore = bits;
  }
  if ((bitsBefore & SPACE) !== 0 && text !== '') found |= HAS.oddSpace;
  return found & ~(MARK | SPACE);
}
