/** All that decides a self-training beside the run that it begins with. */
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';

export const pseudoLabelSchema = z.strictObject({
  /** the folder of the run to begin with: its model labels first, its options train each round */
  run: z.string().min(1),
  /** texts without labels */
  input: z.string().min(1),
  /** of the input; absent: as the run's training file calls it */
  textColumn: z.string().optional(),
  /** leave out rows of the input that cannot be read */
  skipBadRows: z.boolean(),
  /** rounds at most */
  rounds: z.int().positive(),
  /** calibrated confidence from which a text joins */
  minConfidence: z.number().min(0).max(1),
  /** what a text counts for that the model is entirely sure of; one that somebody labelled counts for one */
  pseudoWeight: z.number().positive(),
  /** the folder of the whole */
  output: z.string().min(1),
});

/** What `pseudo-label.json` holds. Paths are as they were given. */
export type PseudoLabelOptions = z.infer<typeof pseudoLabelSchema>;

type Given = Pick<PseudoLabelOptions, 'run' | 'input' | 'output'> & {
  [Key in keyof PseudoLabelOptions]?: PseudoLabelOptions[Key] | undefined;
};

const DEFAULTS = { skipBadRows: false, rounds: 3, minConfidence: 0.9, pseudoWeight: 0.5 } as const;

/** @throws OtzyvError `options.invalid` naming the option, what is wrong with it and what it may be */
export function resolvePseudoLabelOptions(given: Given): PseudoLabelOptions {
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = pseudoLabelSchema.safeParse({ ...DEFAULTS, ...stated });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OtzyvError(
    'options.invalid',
    `option ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
    'See otzyv pseudo-label --help.',
  );
}
