/** All that decided a run, as flat names and values. */
import type { RunState } from '@otzyv/trainer/run-state';
import { count } from '../format.ts';
import { shortened } from '../text.ts';
import type { Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { tableLines } from './table.ts';
import { useTheme } from './theme-context.ts';

export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** @example settingsOf(state) // [{ name: 'loss.kind', value: 'focal' }, { name: 'loss.gamma', value: '2' }, …] */
export function settingsOf({ options, engine, model, data }: RunState): Setting[] {
  return [
    ...flat('', options ?? {}),
    ...(engine === null
      ? []
      : [{ name: 'running on', value: `${engine.name}, ${engine.device}: ${engine.reason}` }]),
    ...(model === null ? [] : [{ name: 'parameters', value: count(model.parameters) }]),
    ...(model === null ? [] : [{ name: 'vocabulary', value: count(model.vocabulary) }]),
    ...(data === null ? [] : [{ name: 'reviews', value: count(data.rows) }]),
  ];
}

function flat(prefix: string, value: object): Setting[] {
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (one === undefined) return [];
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) return flat(name, one);
    return [{ name, value: Array.isArray(one) ? one.join(', ') : String(one) }];
  });
}

export interface ConfigProps extends Size {
  readonly settings: readonly Setting[];
  /** the first to be shown */
  readonly first: number;
}

export function Config({ settings, first, width, height }: ConfigProps) {
  const theme = useTheme();
  const page = height - 1;
  const begin = Math.max(0, Math.min(first, settings.length - page));
  const { body } = tableLines(
    [{ title: '' }, { title: '', isElastic: true }],
    settings.map(({ name, value }) => [{ text: name, paint: theme.dim }, { text: theme.plain(value) }]),
    width,
    theme,
  );
  const shown = body.slice(begin, begin + page);
  const said = `${settings.length} settings`;
  const note =
    settings.length > page ? `${begin + 1}${theme.glyphs.dash}${begin + shown.length} of ${said}` : said;
  return (
    <LinesPane
      title="Config"
      note={note}
      lines={settings.length === 0 ? [theme.dim(shortened('nothing is known of it', width))] : shown}
      width={width}
      height={height}
    />
  );
}
