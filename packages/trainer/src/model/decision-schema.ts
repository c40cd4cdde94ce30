/**
 * How an answer is made of a model's scores: a temperature for all of them, factors for classes, a least confidence. Learned
 * on rows that the model was measured on, kept in `otzyv.json`.
 */
import { z } from 'zod';

const errorsSchema = z.object({ ece: z.number(), mce: z.number(), brier: z.number(), logLoss: z.number() });

export const decisionSchema = z.object({
  /** Logits are divided by it; 1 where none lowers the log loss of rows that it was not learned from. */
  temperature: z.number().positive(),
  /** Factors of the classes' probabilities; absent where they were not asked for, or do not raise the weighted F1. */
  classThresholds: z.array(z.number().positive()).optional(),
  /** Answers below it are none; absent where everything is answered. */
  minConfidence: z.number().min(0).max(1).optional(),
  /** What stands in the place of an answer that is none. */
  uncertainLabel: z.string().min(1),
  measured: z.object({
    file: z.string(),
    rows: z.int(),
    /** Of the model's own scores … */
    before: errorsSchema,
    /** … and with temperatures, each learned without the rows it is measured on. */
    after: errorsSchema,
    /** The same way: with factors that were learned without the row. Also where they were not worth keeping. */
    classThresholds: z.object({ f1Weighted: z.object({ without: z.number(), with: z.number() }) }).optional(),
    /** That the least confidence was chosen for. */
    targetPrecision: z.number().optional(),
    /** What other least confidences would do, from the highest. */
    rejection: z.array(
      z.object({
        minConfidence: z.number(),
        coverage: z.number(),
        precision: z.number(),
        precisionLow: z.number(),
      }),
    ),
  }),
});

/** The `decision` of `otzyv.json`. */
export type Decision = z.infer<typeof decisionSchema>;

export const UNCERTAIN_LABEL = 'не уверен';
