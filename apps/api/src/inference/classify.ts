/**
 * Texts in, decided answers out: what every route that answers texts calls, so that all of them decide, count, wait and
 * give up alike.
 */
import { type Answer, type AnswerRule, answerRule, type Caution, decide } from '@otzyv/trainer';
import type { ModelService } from '../models/model-service.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { RequestLimits } from '../request-limits.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Answered, TextsRequest } from './batching-queue.ts';
import type { TextAnswer } from './worker-pool.ts';

export interface ClassifyRequest extends Omit<TextsRequest, 'timeoutMs'> {
  /** Absent, or longer than the server's own: that. */
  readonly timeoutMs?: number | undefined;
  /** Its name; absent: the default. */
  readonly model?: string | undefined;
  /** Instead of what is stored with the model. */
  readonly caution?: Caution;
}

/** What the model says of one text, and what is answered. */
export interface ClassifiedText extends TextAnswer, Answer {}

export interface Classified extends Answered<ClassifiedText> {
  readonly service: ModelService;
  readonly rule: AnswerRule;
}

/** @throws OtzyvError `model.unknown`, `options.target-precision`, and what `BatchingQueue.ask` throws */
export type Classify = (request: ClassifyRequest) => Promise<Classified>;

export function classifierOf(
  models: ModelRegistry,
  { timeoutMs: longest }: RequestLimits,
  telemetry: Telemetry,
): Classify {
  return async ({ model: name, caution, timeoutMs = longest, ...request }) => {
    const service = models.get(name);
    const { labels, card } = service.model;
    const rule = answerRule(card?.decision, caution);
    const said = await service.ask({ ...request, timeoutMs: Math.min(timeoutMs, longest) });
    const answers = said.answers.map((answer): ClassifiedText => {
      const [decided] = decide(answer.probabilities, labels, rule);
      return { ...answer, ...(decided as Answer) };
    });
    service.drift.add(answers);
    telemetry.answered(service.spec.name, answers);
    return { ...said, service, rule, answers };
  };
}

/**
 * The highest first; of equal ones the label that comes first.
 * @param probabilities [classes]
 */
export function rankedScores(probabilities: Float32Array, labels: readonly string[]) {
  return labels
    .map((label, id) => ({ label, score: probabilities[id] as number }))
    .sort((a, b) => b.score - a.score);
}
