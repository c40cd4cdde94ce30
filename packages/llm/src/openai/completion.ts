/** What a server answers: a chat completion, read strictly where it counts, and leniently where it does not. */
import { z } from 'zod';
import { readAnswer, readReview } from '../answer.ts';
import { type Answer, PassingFault, UnusableAnswer, type Usage, type Written } from '../backend.ts';
import { faultIn } from './faults.ts';
import { labelProbabilities, type TokenAlternatives } from './label-probabilities.ts';

const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({
            content: z
              .array(
                z.object({
                  token: z.string(),
                  bytes: z.array(z.number()).nullish(),
                  logprob: z.number(),
                  top_logprobs: z
                    .array(
                      z.object({
                        token: z.string(),
                        bytes: z.array(z.number()).nullish(),
                        logprob: z.number(),
                      }),
                    )
                    .nullish(),
                }),
              )
              .nullish(),
          })
          .nullish()
          .catch(undefined), // some servers have a format of their own: then nothing is known
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: z.number().default(0),
      completion_tokens: z.number().default(0),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

export type Completion = z.infer<typeof completionSchema>;

/** @throws PassingFault where it is none */
export function completionIn(address: string, text: string): Completion {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new PassingFault(`${address} answered with what is not JSON`);
  }
  const parsed = completionSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PassingFault(`${address} answered with no chat completion: ${faultIn(text)}`);
}

/** @throws UnusableAnswer */
export function answerIn(completion: Completion, labels: readonly string[]): Answer {
  const { choice, content, usage } = contentIn(completion);
  const { label, confidence } = readAnswer(content, labels, usage);
  return { label, confidence, probabilities: labelProbabilities(tokensOf(choice), labels), usage };
}

/** @throws UnusableAnswer */
export function reviewIn(completion: Completion): Written {
  const { content, usage } = contentIn(completion);
  return { text: readReview(content, usage), usage };
}

function contentIn({ choices, usage: counted }: Completion) {
  const usage: Usage = {
    prompt: counted?.prompt_tokens ?? 0,
    cached: counted?.prompt_tokens_details?.cached_tokens ?? 0,
    completion: counted?.completion_tokens ?? 0,
  };
  const [choice] = choices as [Completion['choices'][number]]; // at least one
  const { content, refusal: refused } = choice.message;
  if (typeof content !== 'string') throw new UnusableAnswer(refused ?? '', 'the model gave no answer', usage);
  if (choice.finish_reason === 'length')
    throw new UnusableAnswer(content, 'the answer was cut at the limit of its length', usage);
  return { choice, content, usage };
}

function tokensOf({ logprobs }: Completion['choices'][number]): TokenAlternatives[] {
  // half a letter is a token, too: only its bytes tell it
  const bytesOf = ({ token, bytes }: { token: string; bytes?: number[] | null | undefined }) =>
    bytes ? Uint8Array.from(bytes) : Buffer.from(token);
  return (logprobs?.content ?? []).map((token) => ({
    bytes: bytesOf(token),
    logprob: token.logprob,
    alternatives: (token.top_logprobs ?? []).map((option) => ({
      bytes: bytesOf(option),
      logprob: option.logprob,
    })),
  }));
}
