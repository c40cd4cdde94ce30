/** What this terminal can show, from what the environment says of it. */
import type { ColorDepth } from './theme.ts';

export interface Capabilities {
  readonly hasUnicode: boolean;
  readonly colors: ColorDepth;
  /** The cursor can be put anywhere. Without that, one picture follows another. */
  readonly hasCursor: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param depth bits of colour, as `WriteStream.getColorDepth()` tells
 * @param platform terminals of Windows know Unicode, and have no locale that would say so
 */
export function capabilitiesOf(
  env: Environment,
  depth: number,
  platform: NodeJS.Platform = process.platform,
): Capabilities {
  const isDumb = env['TERM'] === 'dumb';
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const knowsUnicode = /utf-?8/i.test(locale) || platform === 'win32';
  return {
    hasUnicode: knowsUnicode && !isDumb,
    colors: isDumb || env['NO_COLOR'] ? 'none' : depth >= 8 ? '256' : depth >= 4 ? '16' : 'none',
    hasCursor: !isDumb,
  };
}
