/**
 * The answer `{label, confidence}`: its JSON schema for those who keep to one, and a strict reading for those who do not.
 * Forgiven is what cannot be misunderstood: words around the object, the case of a label, a confidence in percent.
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

const written = z.object({ label: z.string(), confidence: z.number().min(0).max(100) });

/** @throws UnusableAnswer */
export function readAnswer(
  text: string,
  labels: readonly string[],
  usage: Usage,
): { label: string; confidence: number } {
  const refuse = (fault: string) => new UnusableAnswer(text, fault, usage);
  // what a model thinks aloud may hold braces, too
  const said = text.replace(/^[\s\S]*<\/think>/, '');
  const json = /\{[^{}]*\}/.exec(said)?.[0];
  if (json === undefined) throw refuse('the answer holds no JSON object');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw refuse('the answer is not valid JSON');
  }
  const parsed = written.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.join('.') || 'the answer'}: ${issue?.message}`);
  }
  const label = labels.find((known) => labelKey(known) === labelKey(parsed.data.label));
  if (label === undefined) throw refuse(`"${parsed.data.label}" is none of the labels`);
  const { confidence } = parsed.data;
  return { label, confidence: confidence > 1 ? confidence / 100 : confidence };
}
