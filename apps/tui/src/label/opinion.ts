/** What the model suggests and why, what the file says, and, once one has decided, what a second person said. */
import { currentItem, type WordWeight } from '@otzyv/trainer';
import { percent } from '../format.ts';
import type { Theme } from '../terminal/theme.ts';
import { fitted, shortened, widthOf, wrapped } from '../text.ts';
import type { LabelViewProps } from './label-props.ts';
import { loudestWords } from './review-text.ts';

/** @returns lines no wider than that */
export function opinionLines({ session, words }: LabelViewProps, width: number, theme: Theme): string[] {
  const item = currentItem(session);
  if (item === undefined) return [];
  const { ellipsis } = theme.glyphs;
  const line = (name: string, parts: readonly { text: string; paint?: (text: string) => string }[]) => {
    let room = width - NAME_WIDTH;
    const shown: string[] = [];
    for (const { text, paint = (plain: string) => plain } of parts) {
      const cut = shortened(theme.plain(text), room, ellipsis);
      if (cut === '') break;
      shown.push(paint(cut));
      room -= widthOf(cut) + 2;
    }
    return theme.dim(fitted(name, NAME_WIDTH)) + shown.join('  ');
  };
  const lines: string[] = [];
  const [best, ...others] = item.suggestions;
  if (best !== undefined) {
    const said = ({ label, probability }: typeof best) =>
      probability === undefined ? label : `${label} ${percent(probability)}`;
    lines.push(
      line('suggested', [
        { text: said(best), paint: (text) => theme.bold(theme.accent(text)) },
        ...others.map((other) => ({ text: said(other), paint: theme.dim })),
      ]),
    );
  }
  if (words === null) lines.push(line('because', [{ text: ellipsis, paint: theme.dim }]));
  else if (words !== undefined) {
    const { speaking, against } = loudestWords(words, 4);
    const said = ({ word, weight }: WordWeight) =>
      `${word} ${weight > 0 ? '+' : theme.hasUnicode ? '−' : '-'}${Math.abs(weight).toFixed(2)}`;
    const told = [
      ...speaking.map((word) => ({ text: said(word), paint: theme.good })),
      ...against.map((word) => ({ text: said(word), paint: theme.bad })),
    ];
    lines.push(
      line('because', told.length > 0 ? told : [{ text: 'no single word matters', paint: theme.dim }]),
    );
  }
  if (item.label !== undefined) {
    const sure = item.labelProbability === undefined ? '' : ` ${percent(item.labelProbability)}`;
    const isDoubted = best !== undefined && best.label !== item.label;
    lines.push(line('in the file', [{ text: item.label + sure, ...(isDoubted && { paint: theme.warn }) }]));
  }
  const verdict = session.decisions[session.at]?.verdict;
  // it would sway whoever has not decided yet
  if (verdict?.kind === 'label' && item.second !== undefined) {
    const paint = item.second === verdict.label ? theme.good : theme.warn;
    lines.push(line('the other', [{ text: item.second, paint }]));
  }
  if (item.note !== '') {
    for (const part of wrapped(theme.plain(item.note), width - NAME_WIDTH, 2))
      lines.push(line('', [{ text: part, paint: theme.dim }]));
  }
  return lines;
}

const NAME_WIDTH = 13;
