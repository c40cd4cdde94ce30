/** Small parts that pages are put together from. What comes from data is escaped here, and only here. */
import type { Interval } from '@otzyv/core';
import { interval, score } from './numbers.ts';

/** Text that is markup already. */
export type Html = string;

export function escapeHtml(text: string): Html {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A text or a label of the data: a screen reader has to know where it is Russian. */
export function quoted(text: string): Html {
  const html = escapeHtml(text);
  return /\p{Script=Cyrillic}/u.test(text) ? `<span lang="ru">${html}</span>` : html;
}

/** @example named('одежда') // «одежда» */
export function named(label: string): Html {
  return quoted(`«${label}»`);
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param id names the section in the page's contents; @param lead says what is to be seen */
export function section(id: string, title: string, lead: Html, ...body: readonly Html[]): Html {
  const content = body.filter((part) => part !== '');
  if (content.length === 0) return '';
  const leading = lead === '' ? '' : `<p>${lead}</p>`;
  return `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${leading}\n${content.join('\n')}\n</section>`;
}

export interface Column {
  readonly title: Html;
  /** Set to the right, digits under digits. */
  readonly isNumber?: boolean;
}

/**
 * The first cell of a row names it.
 * @param kind `stacked`: on a phone the name stands above the row's other cells; `settings`: names and values
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Html[])[],
  kind: 'stacked' | 'settings' | 'plain' = 'plain',
): Html {
  const align = (at: number) => (columns[at]?.isNumber ? ' class="number"' : '');
  const head = columns.map(({ title }, at) => `<th scope="col"${align(at)}>${title}</th>`);
  const body = rows.map((cells) => {
    const [name = '', ...others] = cells;
    const rest = others.map((cell, at) => `<td${align(at + 1)}>${cell}</td>`);
    return `<tr><th scope="row"${align(0)}>${name}</th>${rest.join('')}</tr>`;
  });
  return `<table class="${kind}" style="--columns: ${columns.length - 1}"><caption class="unseen">${escapeHtml(caption)}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table>`;
}

/** Behind a line that opens: what only some readers want. */
export function folded(summary: Html, content: Html): Html {
  return `<details><summary>${summary}</summary>${content}</details>`;
}

/** A score with its interval under it, where there is one. */
export function scoreCell(value: number | undefined, range: Interval | undefined): Html {
  return `${score(value)}${range === undefined ? '' : `<small>${interval(range)}</small>`}`;
}
