/**
 * How things look on this terminal: few colours, each with one meaning, and characters that it can show. Without colours
 * nothing is lost: what a colour says, a word or a sign beside it says too.
 */
export interface Theme {
  readonly hasUnicode: boolean;
  /** how many colours: none, the sixteen of old, or 256 */
  readonly colors: ColorDepth;
  readonly glyphs: Glyphs;
  /** what is chosen, and what is measured */
  accent(text: string): string;
  /** right, best, going */
  good(text: string): string;
  /** waiting, a warning */
  warn(text: string): string;
  /** failed, killed, wrong */
  bad(text: string): string;
  /** what may be overlooked */
  dim(text: string): string;
  bold(text: string): string;
  /** the row or cell under the cursor */
  chosen(text: string): string;
  /** of several runs or curves */
  series(index: number): (text: string) => string;
  /** @param share 0 … 1: how dark @param isRight on the diagonal of a confusion matrix */
  heat(text: string, share: number, isRight: boolean): string;
  /** Text of the data: nothing in it that a terminal would obey, and where there is no Unicode, Cyrillic in Latin letters. */
  plain(text: string): string;
}

export type ColorDepth = 'none' | '16' | '256';

export interface Glyphs {
  readonly vertical: string;
  readonly horizontal: string;
  readonly corner: string;
  readonly tickLeft: string;
  readonly tickBelow: string;
  readonly barFull: string;
  readonly barEmpty: string;
  /** in front of the row under the cursor */
  readonly pointer: string;
  readonly marked: string;
  readonly dot: string;
  readonly star: string;
  readonly ellipsis: string;
  readonly separator: string;
  readonly dash: string;
  readonly arrows: string;
  readonly to: string;
  /** from light to dark */
  readonly shades: readonly string[];
}

const UNICODE: Glyphs = {
  vertical: '│',
  horizontal: '─',
  corner: '└',
  tickLeft: '┤',
  tickBelow: '┴',
  barFull: '━',
  barEmpty: '─',
  pointer: '▸',
  marked: '◆',
  dot: '●',
  star: '★',
  ellipsis: '…',
  separator: '·',
  dash: '–',
  arrows: '↑↓',
  to: '→',
  shades: [' ', '░', '▒', '▓', '█'],
};

const ASCII: Glyphs = {
  vertical: '|',
  horizontal: '-',
  corner: '+',
  tickLeft: '+',
  tickBelow: '+',
  barFull: '=',
  barEmpty: '-',
  pointer: '>',
  marked: '*',
  dot: '*',
  star: '*',
  ellipsis: '~',
  separator: '|',
  dash: '-',
  arrows: 'up/down',
  to: '->',
  shades: [' ', '.', '+', 'x', '#'],
};

/** Of the 256: from the background's dark into the hue. */
const RIGHT = [17, 18, 19, 20, 26, 32];
const WRONG = [52, 88, 124, 160, 166, 172];
const SERIES = [36, 33, 35, 32, 34, 31];

export function themeOf({
  hasUnicode,
  colors,
}: {
  readonly hasUnicode: boolean;
  readonly colors: ColorDepth;
}): Theme {
  const style = (on: number | string, off: number) => (text: string) =>
    colors === 'none' || text === '' ? text : `\x1b[${on}m${text}\x1b[${off}m`;
  const isPlain = colors === 'none';
  const series = SERIES.map((color) => style(color, 39));
  return {
    hasUnicode,
    colors,
    glyphs: hasUnicode ? UNICODE : ASCII,
    accent: style(36, 39),
    good: style(32, 39),
    warn: style(33, 39),
    bad: style(31, 39),
    dim: style(2, 22),
    bold: style(1, 22),
    chosen: style(7, 27),
    series: (index) => series[index % series.length] as (text: string) => string,
    heat: (text, share, isRight) => {
      if (isPlain || share <= 0) return text;
      const level = Math.min(5, Math.floor(share * 6));
      if (colors === '256')
        return `\x1b[48;5;${(isRight ? RIGHT : WRONG)[level]}m\x1b[97m${text}\x1b[39m\x1b[49m`;
      return style(isRight ? 34 : 31, 39)(text);
    },
    plain: hasUnicode ? harmless : (text) => latin(harmless(text)),
  };
}

/** Reviews and messages are anybody's: escape sequences, line breaks and marks that turn the direction of writing are taken out. */
function harmless(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}

const CYRILLIC = 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя';
const LATIN = 'a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch " y \' e yu ya'.split(' ');
const OTHERS: Record<string, string> = { '«': '"', '»': '"', '–': '-', '—': '-', '…': '...', '№': 'No' };

function latin(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => {
    const at = CYRILLIC.indexOf(character.toLowerCase());
    if (at < 0) return OTHERS[character] ?? '?';
    const letters = LATIN[at] as string;
    return character === CYRILLIC[at] ? letters : letters.charAt(0).toUpperCase() + letters.slice(1);
  });
}
