/**
 * What of a run's report takes the model, and is therefore done while it is loaded: times of single answers, and the words
 * behind the answers worth reading. It may take a small share of the time that the run took.
 */
import { applyTemperature } from '@otzyv/core';
import type { Classifier } from '../inference/classifier.ts';
import { calibrated } from '../inference/decision.ts';
import type { Decision } from '../model/decision-schema.ts';
import { timeAnswers, writeAnswerTimes } from './answer-times.ts';
import { chooseExamples, explainExamples, writeExamples } from './examples.ts';
import type { LabelledPredictions } from './predictions-file.ts';

const SHARE = 0.02;
const [LEAST_MS, MOST_MS] = [5_000, 60_000];

export interface Looked {
  /** the folder of the run, or of what is left like one */
  readonly run: string;
  /** with its own scores */
  readonly classifier: Classifier;
  readonly predictions: LabelledPredictions;
  /** with which users will get them; absent where they get them as they are */
  readonly decision?: Decision | undefined;
  /** since the run began */
  readonly elapsedMs: number;
  readonly signal?: AbortSignal | undefined;
}

export async function lookCloser(looked: Looked): Promise<void> {
  const { run, predictions, decision, elapsedMs, signal } = looked;
  const { temperature = 1 } = decision ?? {};
  const { card } = looked.classifier;
  const classifier = calibrated({
    ...looked.classifier,
    card: card && decision && { ...card, decision },
  });
  const begun = performance.now();
  const allowedMs = Math.min(MOST_MS, Math.max(LEAST_MS, elapsedMs * SHARE));
  const times = await timeAnswers(classifier, predictions.texts, { signal, deadline: begun + allowedMs / 4 });
  await writeAnswerTimes(run, times);
  const probabilities = applyTemperature(predictions.probabilities, predictions.labels.length, temperature);
  const examples = chooseExamples({ ...predictions, probabilities });
  await writeExamples(
    run,
    await explainExamples(classifier, examples, { signal, deadline: begun + allowedMs }),
  );
}
