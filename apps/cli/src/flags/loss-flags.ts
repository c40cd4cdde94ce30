/** The loss by name, with its numbers. */
import { type LossSpec, OtzyvError } from '@otzyv/core';
import type { TrainingFlags } from './training-flags.ts';

export const LOSSES = ['weighted-cross-entropy', 'cross-entropy', 'focal'] as const;
export type LossName = (typeof LOSSES)[number];

/** A number that no loss of the run has a place for would be ignored without a word. */
export function checkLossFlags({ loss, focalGamma, labelSmoothing }: TrainingFlags): void {
  const isFocal = listedLosses(loss).map((one) => (typeof one === 'object' ? one.kind : one) === 'focal');
  const refuse = (flag: string, owner: string) => {
    throw new OtzyvError(
      'options.loss',
      `--${flag} is a number of ${owner}`,
      `Add --loss ${owner}, or leave it out.`,
    );
  };
  if (focalGamma !== undefined && !isFocal.includes(true)) refuse('focal-gamma', 'focal');
  if (labelSmoothing !== undefined && !isFocal.includes(false)) refuse('label-smoothing', 'cross-entropy');
}

/** One that is not named is the default. */
export function listedLosses(loss: TrainingFlags['loss']): (string | LossSpec | undefined)[] {
  if (typeof loss !== 'string') return Array.isArray(loss) ? [...loss] : [loss as LossSpec | undefined];
  const names = loss.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '' || names.length === 1);
}

export function checkLoss(name: string): void {
  if ((LOSSES as readonly string[]).includes(name)) return;
  throw new OtzyvError('options.loss', `there is no loss "${name}"`, `Choose from ${LOSSES.join(', ')}.`);
}

export function lossOptions(flags: TrainingFlags): { loss?: LossSpec; classWeights?: string } {
  const { focalGamma: gamma, labelSmoothing } = flags;
  const [loss, ...others] = listedLosses(flags.loss);
  if (others.length > 0) {
    throw new OtzyvError(
      'options.loss',
      'several losses are for otzyv run, which trains and compares them',
      'Name one.',
    );
  }
  const name = typeof loss === 'string' ? loss : undefined;
  if (name !== undefined) checkLoss(name);
  const classWeights = flags.classWeights ?? (name === 'cross-entropy' ? 'none' : undefined);
  const spec = typeof loss === 'object' ? loss : name === 'focal' ? FOCAL : undefined;
  const adjusted: LossSpec | undefined =
    spec?.kind === 'focal'
      ? { ...spec, ...(gamma !== undefined && { gamma }) }
      : labelSmoothing !== undefined
        ? { kind: 'cross-entropy', labelSmoothing }
        : spec;
  return { ...(adjusted && { loss: adjusted }), ...(classWeights !== undefined && { classWeights }) };
}

/** γ as Lin et al. and the original study have it. */
const FOCAL: LossSpec = { kind: 'focal', gamma: 2 };
