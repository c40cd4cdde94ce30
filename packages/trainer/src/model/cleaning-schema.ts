/** How texts are cleaned, as it stands in option files and beside a model. */
import { CLEANING_PRESETS, CLEANING_RULES, type CleaningSpec } from '@otzyv/core';
import { z } from 'zod';

export const cleaningSpecSchema: z.ZodType<CleaningSpec> = z.strictObject({
  preset: z.enum(CLEANING_PRESETS),
  rules: z.partialRecord(z.enum(CLEANING_RULES), z.boolean()).optional(),
}) as z.ZodType<CleaningSpec>;
