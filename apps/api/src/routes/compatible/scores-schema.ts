/** Labels with their probabilities, as Hugging Face's servers give them. */
import { z } from '@hono/zod-openapi';

/** All classes, the highest first. */
export const scoresSchema = z
  .array(z.object({ label: z.string(), score: z.number() }))
  .openapi('Scores', { example: [{ label: 'одежда', score: 0.93 }] });
