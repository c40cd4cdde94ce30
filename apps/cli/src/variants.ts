/** The runs of a job: one for each model with each loss, in folders of their own where there are several. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type LossSpec, OtzyvError } from '@otzyv/core';
import { checkLoss, listedLosses } from './flags/loss-flags.ts';
import type { TrainingFlags } from './flags/training-flags.ts';

export interface Variant {
  readonly name: string;
  readonly model: string;
  readonly loss: string | LossSpec | undefined;
  readonly output: string;
}

/** One variant runs in the output folder itself. @throws OtzyvError `options.*` for names that are none, or twice there */
export function variantsOf(flags: TrainingFlags, output: string): Variant[] {
  const models = listed(flags.model ?? 'linear');
  const losses = listedLosses(flags.loss);
  for (const loss of losses) if (typeof loss === 'string') checkLoss(loss);
  const variants = models.flatMap((model) =>
    // the linear model has one loss
    (model === 'linear' ? [undefined] : losses).map((loss) => {
      const parts = [
        models.length > 1 || losses.length === 1 || model === 'linear' ? model : undefined,
        losses.length > 1 && loss !== undefined ? nameOf(loss) : undefined,
      ];
      return { name: parts.filter((part) => part !== undefined).join(' '), model, loss };
    }),
  );
  const twice = variants.find(({ name }, i) => variants.findIndex((one) => one.name === name) !== i);
  if (twice !== undefined) {
    throw new OtzyvError(
      'options.twice',
      `${twice.name} is to be trained twice`,
      'Name each model and loss once.',
    );
  }
  return variants.map((variant) => ({
    ...variant,
    output: variants.length === 1 ? output : join(output, variant.name.replace(/[^\p{L}\p{N}.-]+/gu, '-')),
  }));
}

/** With the numbers that a spec has, so that focal losses of several γ are told apart. */
function nameOf(loss: string | LossSpec): string {
  if (typeof loss === 'string') return loss;
  const { kind, ...numbers } = loss;
  return [kind, ...Object.entries(numbers).flat()].join(' ');
}

/** The folder around several runs may hold those of an earlier job and what it wrote, nothing else. */
export async function checkJobFolder(output: string, variants: readonly Variant[]): Promise<void> {
  if (variants.length === 1) return;
  const present = await readdir(output).catch((): string[] => []);
  const known = ['test_pred.csv', ...variants.map((variant) => variant.output.slice(output.length + 1))];
  const foreign = present.filter((name) => !known.includes(name) && !name.startsWith('.'));
  if (foreign.length === 0) return;
  throw new OtzyvError(
    'run.exists',
    `${output} holds other things: ${foreign.slice(0, 3).join(', ')}`,
    'Choose another --output.',
  );
}

function listed(names: string): string[] {
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
