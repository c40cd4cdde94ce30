/** What `otzyv tune` varies: a `--space` file, or what is usual for the model less what was typed. */
import type { RunOptions, Space } from '@otzyv/trainer';
import { canonicalOption } from '../arguments.ts';
import { readOptionsFile } from './config-file.ts';
import type { TrainingFlags } from './training-flags.ts';

/** Flags that the library knows by another name. */
const DIMENSIONS: Readonly<Record<string, string>> = { lr: 'learningRate', 'focal-gamma': 'gamma' };

/** @param typed on the command line: what is typed is settled, what stands in a config file is where the search begins */
export async function spaceFrom(
  file: string | undefined,
  typed: TrainingFlags,
  base: RunOptions,
): Promise<Space> {
  const { defaultSpace, parseSpace } = await import('@otzyv/trainer');
  if (file === undefined) return defaultSpace(base, settled(typed));
  const written = Object.entries(await readOptionsFile(file, '--space'));
  return parseSpace(Object.fromEntries(written.map(([name, value]) => [dimensionOf(name), value])), file);
}

function settled(typed: TrainingFlags): string[] {
  // without weights is what that name says
  const weights = typed.loss === 'cross-entropy' ? ['classWeights'] : [];
  return [...Object.keys(typed).map(dimensionOf), ...weights];
}

/** @param name in any of its spellings */
function dimensionOf(name: string): string {
  const flag = canonicalOption(name);
  return DIMENSIONS[flag] ?? flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
