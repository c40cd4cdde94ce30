/** Reviews to read: the surest mistakes and the closest calls, with the words that each answer hung on. */
import { type Example, SURE_AND_WRONG, TORN } from '../training/examples.ts';
import { escapeHtml, type Html, named, quoted, section } from './html.ts';
import { count, counted } from './numbers.ts';

const KINDS = {
  'sure-and-wrong': {
    title: 'Sure, and wrong',
    lead: 'A hard review, a class that overlaps another, or a wrong label: read these first.',
  },
  torn: {
    title: 'Torn between two',
    lead: 'The two most probable classes are closest here. Would two people agree?',
  },
} as const;

/** Longer texts are cut around what fits on a screen. */
const LONGEST = 500;
/** So many words are marked for each class … */
const MOST_MARKED = 4;
/** … those that change the odds by at least this factor, and by this share of what the strongest does. */
const [LEAST_FACTOR, LEAST_SHARE] = [1.1, 0.15];

export function examplesSection(examples: readonly Example[]): Html {
  if (examples.length === 0) return '';
  const unexplained = examples.filter(({ words }) => words === undefined).length;
  const groups = (['sure-and-wrong', 'torn'] as const).flatMap((kind) => {
    const own = examples.filter((example) => example.kind === kind);
    if (own.length === 0) return [];
    return `<h3>${KINDS[kind].title}</h3><p class="small">${KINDS[kind].lead}</p>
<ul class="examples">${own.map(exampleItem).join('\n')}</ul>`;
  });
  const note =
    unexplained === 0
      ? ''
      : `<p class="small">For ${counted(unexplained, 'review')} there was no time to find the words.</p>`;
  return section(
    'examples',
    'Reviews to read',
    `Each word was left out in turn. <mark>Underlined</mark> words speak for the answer, <mark class="against">dashed</mark>
ones for the class it is held against; ×3 is a word that triples the odds of its class against the other.`,
    ...groups,
    note,
  );
}

/** Of several sets of examples, as those of folds: as many as one set has, the surest mistakes and the closest calls. */
export function strongest(examples: readonly Example[]): Example[] {
  const gap = ({ answer, other }: Example) => answer.probability - other.probability;
  const of = (kind: Example['kind']) => examples.filter((example) => example.kind === kind);
  return [
    ...of('sure-and-wrong')
      .sort((a, b) => b.answer.probability - a.answer.probability)
      .slice(0, SURE_AND_WRONG),
    ...of('torn')
      .sort((a, b) => gap(a) - gap(b))
      .slice(0, TORN),
  ];
}

function exampleItem(example: Example): Html {
  const { row, label, answer, other } = example;
  const { text, marked } = markedText(example);
  const lines: [term: string, scored: Example['answer'], kind: Mark['kind']][] = [
    ['answered', answer, 'for'],
    [other.label === label ? 'labelled' : 'next', other, 'against'],
  ];
  const terms = lines.map(([term, scored, kind]) => {
    const words = marked.filter((mark) => mark.kind === kind);
    const list = words
      .toSorted((a, b) => b.weight - a.weight)
      .map(({ word, weight }) => `<span class="nowrap">${quoted(word)} ${factor(weight)}</span>`);
    const because = list.length === 0 ? '' : `<br><span class="small">${list.join(', ')}</span>`;
    return `<dt>${term}</dt><dd>${named(scored.label)} ${probability(scored.probability)}${because}</dd>`;
  });
  const truth =
    label === answer.label ? ', rightly' : label === other.label ? '' : `, labelled ${named(label)}`;
  return `<li><blockquote lang="ru">${text}</blockquote>
<dl class="answer">${terms.join('')}</dl>
<p class="small">row ${row}${truth}</p></li>`;
}

function probability(value: number): Html {
  return value < 0.01 ? 'under 0.01' : value.toFixed(2);
}

function factor(weight: number): Html {
  const times = Math.exp(weight);
  return `×${times < 10 ? times.toFixed(1) : count(Math.round(times))}`;
}

/** A word that speaks for one of the two classes. */
interface Mark {
  readonly kind: 'for' | 'against';
  readonly start: number;
  readonly end: number;
  readonly word: string;
  /** ln of the factor on the odds, above 0 */
  readonly weight: number;
}

function markedText({ text, words = [] }: Example): { text: Html; marked: readonly Mark[] } {
  const marks = words.map(
    ({ start, end, logOdds }): Mark => ({
      kind: logOdds > 0 ? 'for' : 'against',
      ...{ start, end, word: text.slice(start, end), weight: Math.abs(logOdds) },
    }),
  );
  const strongest = Math.max(...marks.map(({ weight }) => weight), 0);
  const least = Math.max(Math.log(LEAST_FACTOR), strongest * LEAST_SHARE);
  const chosen = new Set(
    (['for', 'against'] as const).flatMap((kind) => {
      const own = marks.filter((mark) => mark.kind === kind && mark.weight >= least);
      return own.sort((a, b) => b.weight - a.weight).slice(0, MOST_MARKED);
    }),
  );
  const marked = marks.filter((mark) => chosen.has(mark));
  const [from, to] = excerpt(text, marked);
  const parts: Html[] = from > 0 ? ['… '] : [];
  let at = from;
  for (const { start, end, kind } of marked) {
    if (start < from || end > to) continue;
    parts.push(escapeHtml(text.slice(at, start)));
    parts.push(
      `<mark${kind === 'against' ? ' class="against"' : ''}>${escapeHtml(text.slice(start, end))}</mark>`,
    );
    at = end;
  }
  parts.push(escapeHtml(text.slice(at, to)), to < text.length ? ' …' : '');
  return { text: parts.join(''), marked };
}

/** The part of a long text that has its strongest word in it. */
function excerpt(text: string, marked: readonly Mark[]): [from: number, to: number] {
  if (text.length <= LONGEST) return [0, text.length];
  const strongest = marked.toSorted((a, b) => b.weight - a.weight)[0]?.start ?? 0;
  const middle = Math.min(Math.max(0, strongest - LONGEST / 2), text.length - LONGEST);
  const from = middle === 0 ? 0 : text.indexOf(' ', middle) + 1 || middle;
  const end = from + LONGEST >= text.length ? text.length : text.lastIndexOf(' ', from + LONGEST);
  return [from, end > from ? end : from + LONGEST];
}
