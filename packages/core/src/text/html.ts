/** What browsers and exports leave of HTML in texts. Both ways of removing tags take linear time. */

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  laquo: '«',
  raquo: '»',
  mdash: '—',
  ndash: '–',
  hellip: '…',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  lsquo: '‘',
  rsquo: '’',
  bull: '•',
  middot: '·',
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  times: '×',
};

const ENTITY = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,6}))$/iu;
const LONGEST_ENTITY = '&#1114111'.length;

/**
 * Numeric entities and the named ones that shops' exports contain; others stay as they are. Entities of entities
 * (`&amp;amp;lt;`, a text escaped three times) are decoded to the end in the same pass: each semicolon looks back at
 * what is already decoded.
 */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  const decoded: string[] = [];
  for (const character of text) {
    let next = character;
    // `&#59;` is a semicolon itself, and may end another entity
    while (next === ';') {
      const entity = ENTITY.exec(decoded.slice(-LONGEST_ENTITY).join(''));
      const meant = entity === null ? undefined : characterOf(entity);
      if (entity === null || meant === undefined) break;
      decoded.length -= entity[0].length;
      next = meant;
    }
    decoded.push(next);
  }
  return decoded.join('');
}

function characterOf([, hex, decimal, name]: RegExpExecArray): string | undefined {
  if (name !== undefined) return NAMED[name.toLowerCase()];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : ' ';
}

/** Only what looks like a tag: «рост <170, вес >60» stays. */
export function removeTags(text: string): string {
  return text.replace(/<(?:\/?[a-z][^<>]*|!--[^<>]*--)>/giu, ' ');
}

/** From any < to the next >, as the pattern `<[^>]+>` does. */
export function removeTagsLoosely(text: string): string {
  let result = '';
  let from = 0;
  for (;;) {
    const open = text.indexOf('<', from);
    const close = open === -1 ? -1 : text.indexOf('>', open + 2);
    // `<>` alone is no tag, and the > of it ends none
    if (close === -1) return result + text.slice(from);
    if (text[open + 1] === '>') {
      result += text.slice(from, open + 2);
      from = open + 2;
      continue;
    }
    result += `${text.slice(from, open)} `;
    from = close + 1;
  }
}
