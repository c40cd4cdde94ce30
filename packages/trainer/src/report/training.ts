/** How a model was made: drawn, and all that was asked for, on what, by what. */
import type { Chart, Drawing } from './chart.ts';
import { escapeHtml, type Html, section, table } from './html.ts';

/** Names and values, by the title they stand under. */
export type Settings = Readonly<Record<string, object>>;

export function trainingSection(
  draw: Drawing,
  charts: readonly (Chart | undefined)[],
  settings: Settings,
): Html {
  const tables = Object.entries(settings).map(([title, values]) => settingsTable(title, values));
  return section(
    'training',
    'How it was made',
    '',
    draw(...charts),
    `<div class="pair">${tables.join('\n')}</div>`,
  );
}

function settingsTable(title: string, settings: object): Html {
  const rows = Object.entries(settings).map(([name, value]) => [
    escapeHtml(name),
    `<code>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</code>`,
  ]);
  return `<div><h3>${title}</h3>${table(title, [{ title: 'name' }, { title: 'value' }], rows, 'settings')}</div>`;
}
