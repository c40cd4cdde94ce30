/** What a model says of reviews that a person is about to label. */
import { breathe } from '../breathe.ts';
import type { Classifier } from '../inference/classifier.ts';
import { answerRule, decide } from '../inference/decision.ts';
import type { FileRow } from './labelling-file.ts';
import type { Suggestion } from './session.ts';

/** Of one review. */
export interface ModelOpinion {
  /** the most probable label first, as many as are worth showing */
  readonly suggestions: readonly Suggestion[];
  /** of the label that the file has; undefined where it has none, or the model does not know it */
  readonly labelProbability: number | undefined;
}

const SHOWN = 3;
const BLOCK_ROWS = 256;

/**
 * @param onProgress called with the number of reviews answered
 * @returns in the order of the rows
 * @throws the signal's reason when aborted
 */
export async function modelOpinions(
  classifier: Classifier,
  rows: readonly FileRow[],
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (done: number) => void } = {},
): Promise<ModelOpinion[]> {
  const { labels, card } = classifier;
  const rule = answerRule(card?.decision);
  const opinions: ModelOpinion[] = [];
  for (let from = 0; from < rows.length; from += BLOCK_ROWS) {
    const block = rows.slice(from, from + BLOCK_ROWS);
    const { probabilities } = await classifier.predict(
      block.map(({ text }) => text),
      { signal },
    );
    const answers = decide(probabilities, labels, rule);
    block.forEach(({ label }, i) => {
      const own = probabilities.subarray(i * labels.length, (i + 1) * labels.length);
      const answer = answers[i]?.labelId;
      const others = labels
        .map((_, id) => id)
        .filter((id) => id !== answer)
        .sort((a, b) => (own[b] as number) - (own[a] as number));
      const suggestions = [answer as number, ...others]
        .slice(0, SHOWN)
        .map((id) => ({ label: labels[id] as string, probability: own[id] as number }));
      const id = label === undefined ? -1 : labels.indexOf(label);
      opinions.push({ suggestions, labelProbability: own[id] });
    });
    onProgress?.(opinions.length);
    await breathe();
    signal?.throwIfAborted();
  }
  return opinions;
}
