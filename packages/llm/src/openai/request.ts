/**
 * What a server is asked. Not every server takes all of it: what one refuses is given up, one thing after the other.
 *
 * Reference: https://platform.openai.com/docs/api-reference/chat/create
 */
import { answerSchema, REVIEW_SCHEMA } from '../answer.ts';
import type { Asked } from '../backend.ts';

/** What not every server takes, with the words by which a refusal names it; in the order in which it is given up. */
const FEATURES = {
  schema: /json_schema|response_format|guided|grammar|schema/i,
  json: /json_object|response_format/i,
  logprobs: /logprob/i,
  seed: /\bseed\b/i,
  temperature: /temperature/i,
  maxTokens: /max_tokens/i,
} as const;
export type Feature = keyof typeof FEATURES;

export const ALL_FEATURES = Object.keys(FEATURES) as Feature[];

/** How an answer is to look. */
export interface AnswerForm {
  readonly name: string;
  readonly schema: object;
  /** Said after an answer that looked otherwise. */
  readonly reminder: string;
  /** Whether the probabilities of its tokens are of use. */
  readonly asksTokens: boolean;
}

export function labelForm(labels: readonly string[]): AnswerForm {
  const reminder = `Ответь только объектом JSON; label — одно из: ${labels.join(', ')}.`;
  return { name: 'label', schema: answerSchema(labels), reminder, asksTokens: true };
}

export const REVIEW_FORM: AnswerForm = {
  name: 'review',
  schema: REVIEW_SCHEMA,
  reminder: 'Ответь только объектом JSON: {"review": "текст отзыва"}.',
  asksTokens: false,
};

/** Alternatives a token: as many as the protocol allows. */
const TOP_LOGPROBS = 20;

/** @returns what is not to be asked for any more; undefined where it is not that which was refused */
export function giveUp(told: string, sent: ReadonlySet<Feature>, hasAnswered: boolean): Feature | undefined {
  const named = [...sent].find((feature) => FEATURES[feature].test(told));
  // a server that has answered before has something against this text
  return named ?? (hasAnswered ? undefined : [...sent][0]);
}

/** The instruction first, and unchanged: servers keep what they evaluated of it. */
export function requestBody(
  { instruction, text, seed, temperature, unusable }: Asked,
  form: AnswerForm,
  { model, maxAnswerTokens }: { readonly model: string; readonly maxAnswerTokens: number },
  features: ReadonlySet<Feature>,
): object {
  const correction = unusable && [
    { role: 'assistant', content: unusable.answer },
    { role: 'user', content: `Ответ не годится: ${unusable.fault}. ${form.reminder}` },
  ];
  return {
    model,
    messages: [
      { role: 'system', content: instruction },
      { role: 'user', content: text },
      ...(correction ?? []),
    ],
    stream: false,
    [features.has('maxTokens') ? 'max_tokens' : 'max_completion_tokens']: maxAnswerTokens,
    // the same question at temperature 0 would bring the same answer
    ...(features.has('temperature') && { temperature: unusable ? Math.max(0.7, temperature) : temperature }),
    ...(features.has('seed') && { seed }),
    ...(features.has('logprobs') && { logprobs: true, top_logprobs: TOP_LOGPROBS }),
    ...responseFormat(form, features),
  };
}

function responseFormat({ name, schema }: AnswerForm, features: ReadonlySet<Feature>): object {
  if (features.has('schema'))
    return { response_format: { type: 'json_schema', json_schema: { name, strict: true, schema } } };
  return features.has('json') ? { response_format: { type: 'json_object' } } : {};
}
