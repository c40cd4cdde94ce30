/**
 * The answers `{label, confidence}` and `{review}`: their JSON schemas for those who keep to one, and a strict reading for
 * those who do not. Forgiven is what cannot be misunderstood: words around the object, the case of a label, a confidence in
 * percent.
 */
import { labelKey } from '@otzyv/core';
import { z } from 'zod';
import { UnusableAnswer, type Usage } from './backend.ts';

/** Without bounds on the number: some servers refuse them. */
export function answerSchema(labels: readonly string[]): object {
  return {
    type: 'object',
    properties: { label: { type: 'string', enum: [...labels] }, confidence: { type: 'number' } },
    required: ['label', 'confidence'],
    additionalProperties: false,
  };
}

export const REVIEW_SCHEMA: object = {
  type: 'object',
  properties: { review: { type: 'string' } },
  required: ['review'],
  additionalProperties: false,
};

const labelled = z.object({ label: z.string(), confidence: z.number().min(0).max(100) });
const written = z.object({ review: z.string() });

/** @throws UnusableAnswer */
export function readAnswer(
  text: string,
  labels: readonly string[],
  usage: Usage,
): { label: string; confidence: number } {
  const said = readObject(text, /\{[^{}]*\}/, labelled, usage);
  const label = labels.find((known) => labelKey(known) === labelKey(said.label));
  if (label === undefined) throw new UnusableAnswer(text, `"${said.label}" is none of the labels`, usage);
  const { confidence } = said;
  return { label, confidence: confidence > 1 ? confidence / 100 : confidence };
}

/** @throws UnusableAnswer */
export function readReview(text: string, usage: Usage): string {
  return readObject(text, /\{[\s\S]*\}/, written, usage).review.toWellFormed();
}

/** @param object where in an answer it stands */
function readObject<T>(text: string, object: RegExp, schema: z.ZodType<T>, usage: Usage): T {
  const refuse = (fault: string) => new UnusableAnswer(text, fault, usage);
  // what a model thinks aloud may hold braces, too
  const said = text.replace(/^[\s\S]*<\/think>/, '');
  const json = object.exec(said)?.[0];
  if (json === undefined) throw refuse('the answer holds no JSON object');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw refuse('the answer is not valid JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.') || 'the answer'}: ${issue?.message}`);
}
