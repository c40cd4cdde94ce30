/**
 * Texts in, decided answers out: what every route that answers texts calls, so that all of them decide, count, wait and
 * give up alike.
 */
import {
  type Answer,
  type AnswerRule,
  answerRule,
  type Caution,
  decide,
  occlude,
  type WordWeight,
  weightsFor,
} from '@otzyv/trainer';
import type { ModelService } from '../models/model-service.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { RequestLimits } from '../request-limits.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Answered, TextsRequest } from './batching-queue.ts';
import { queuedClassifier } from './queued-classifier.ts';
import type { TextAnswer } from './worker-pool.ts';

export interface ClassifyRequest extends Omit<TextsRequest, 'timeoutMs'> {
  /** Absent, or longer than the server's own: that. */
  readonly timeoutMs?: number | undefined;
  /** Its name; absent: the default. */
  readonly model?: string | undefined;
  /** Instead of what is stored with the model. */
  readonly caution?: Caution;
  /** Which words mattered is asked for as well: as many answers more as a text has words. */
  readonly isExplained?: boolean | undefined;
}

/** What the model says of one text, and what is answered. */
export interface ClassifiedText extends TextAnswer, Answer {
  /** In the order of the text; absent where it was not asked for. */
  readonly words?: readonly WordWeight[];
}

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
  return async ({ model: name, caution, timeoutMs = longest, isExplained = false, texts, ...rest }) => {
    const service = models.get(name);
    const { labels, card } = service.model;
    const rule = answerRule(card?.decision, caution);
    const request = { ...rest, texts, timeoutMs: Math.min(timeoutMs, longest) };
    const [said, ...occlusions] = isExplained
      ? await askedWithOcclusions(service, request)
      : [await service.ask(request)];
    const answers = said.answers.map((answer, i): ClassifiedText => {
      const decided = decide(answer.probabilities, labels, rule)[0] as Answer;
      const occlusion = occlusions[i];
      const words = occlusion && weightsFor(occlusion, decided.labelId);
      return { ...answer, ...decided, ...(words !== undefined && { words }) };
    });
    service.drift.add(answers);
    telemetry.answered(service.spec.name, answers);
    return { ...said, service, rule, answers };
  };
}

/** Asked for at once: a moment later the model may have been replaced. Where one part fails, the others leave the queue. */
async function askedWithOcclusions(
  service: ModelService,
  { texts, signal, ...rest }: TextsRequest,
): Promise<[Answered<TextAnswer>, ...Awaited<ReturnType<typeof occlude>>[]]> {
  const failed = new AbortController();
  const request = { ...rest, signal: AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]) };
  const classifier = queuedClassifier(service, request);
  try {
    return await Promise.all([
      service.ask({ ...request, texts }),
      ...texts.map((text) => occlude(classifier, text)),
    ]);
  } finally {
    failed.abort();
  }
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
