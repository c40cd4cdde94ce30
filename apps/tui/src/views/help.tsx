/** Every key that counts here, from the table of keys. */
import { bindingsIn, type Scope, shownKey } from '../keys.ts';
import { fitted, shortened, widthOf } from '../text.ts';
import type { Size } from './lines.tsx';
import { LinesPane } from './pane.tsx';
import { useTheme } from './theme-context.ts';

const NAMES: Readonly<Record<Scope, string>> = {
  everywhere: 'everywhere',
  runs: 'the list of runs',
  run: 'a run',
  compare: 'a comparison',
};

export function Help({ scope, width, height }: Size & { readonly scope: Scope }) {
  const theme = useTheme();
  const bindings = bindingsIn(scope);
  const keysOf = (keys: readonly string[]) =>
    keys.length > 4
      ? `${shownKey(keys[0] as string)} ${theme.glyphs.dash} ${keys.at(-1)}`
      : keys.map(shownKey).join(' ');
  const room = Math.max(...bindings.map(({ keys }) => widthOf(keysOf(keys)))) + 2;
  const lines = bindings.map(
    ({ keys, help }) =>
      theme.accent(fitted(keysOf(keys), room)) + shortened(help, width - room, theme.glyphs.ellipsis),
  );
  // a short terminal shows them in two columns
  const half = Math.ceil(lines.length / 2);
  const isTwo = lines.length > height - 1 && width >= 100;
  const narrow = Math.floor(width / 2) - 1;
  const shown = isTwo
    ? Array.from({ length: half }, (_, i) => {
        const [left, right] = [bindings[i], bindings[i + half]];
        return [left, right]
          .map((binding) =>
            binding === undefined
              ? ''
              : theme.accent(fitted(keysOf(binding.keys), room)) +
                fitted(binding.help, narrow - room, theme.glyphs.ellipsis),
          )
          .join('  ');
      })
    : lines;
  return (
    <LinesPane
      title={`Keys in ${NAMES[scope]}`}
      note="any key closes"
      lines={shown}
      width={width}
      height={height}
    />
  );
}
