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
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  times: '×',
};

/** Numeric entities and the named ones that shops' exports contain; others stay as they are. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,6}));/giu, (entity, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : ' ';
  });
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
