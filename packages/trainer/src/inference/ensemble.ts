/**
 * Several models over the same labels, of any kind, that answer as one: a log-linear pool of what each says. They are
 * asked one after the other, so that there is one more array of scores in memory, not one a member.
 */
import { join } from 'node:path';
import { softmaxInPlace } from '../linear/logistic-regression.ts';
import { brokenCard, type EnsembleCard } from '../model/model-folder.ts';
import { classShares } from './class-shares.ts';
import type { Classifier, ClassifierAnswer } from './classifier.ts';
import { addVoice } from './log-linear-pool.ts';
import { reordered } from './probability-table.ts';

export function memberFolder(ensemble: string, name: string): string {
  return join(ensemble, 'members', name);
}

interface Member {
  readonly classifier: Classifier;
  readonly weight: number;
}

/**
 * Each member cleans texts as it was trained to. One that finds nothing in a text has no say in its answer, and the
 * weights of the others take its place; where none finds anything, the shares of the classes are the answer.
 * A member with weight zero is not loaded.
 * @param open loads a member from its folder
 * @throws OtzyvError as `open` does, with all disposed that was loaded before
 */
export async function loadEnsemble(
  folder: string,
  card: EnsembleCard,
  open: (folder: string) => Promise<Classifier>,
): Promise<Classifier> {
  const members: Member[] = [];
  const dispose = async () => {
    await Promise.all(members.map(({ classifier }) => classifier.dispose()));
  };
  try {
    for (const { name, weight } of card.members) {
      if (weight === 0) continue;
      const path = memberFolder(folder, name);
      const classifier = await open(path);
      members.push({ classifier, weight }); // to be disposed, whatever comes
      const { labels } = classifier;
      if (labels.length !== card.labels.length || !card.labels.every((label) => labels.includes(label)))
        throw brokenCard(folder, `its labels are not those of its member in ${path}`);
    }
    if (members.length === 0) throw brokenCard(folder, 'no member has a weight above zero');
  } catch (error) {
    await dispose();
    throw error;
  }
  const lengths = members.flatMap(({ classifier }) => classifier.maxLength ?? []);
  return {
    kind: 'ensemble',
    card,
    labels: card.labels,
    maxLength: lengths.length === 0 ? undefined : Math.max(...lengths),
    predict: async (texts, { signal, onProgress } = {}) => {
      const { labels } = card;
      const scores = new Float64Array(texts.length * labels.length);
      const heard = new Float64Array(texts.length); // weights of the members that found something
      const truncated = texts.map(() => false);
      const readings = texts.map(() => ({ tokens: 0, unknown: 0 }));
      for (const [m, { classifier, weight }] of members.entries()) {
        const answer = await classifier.predict(texts, {
          signal,
          onProgress: (done) => onProgress?.(Math.floor((m * texts.length + done) / members.length)),
        });
        addVoice(scores, voiceOf(answer, classifier.labels, labels), weight);
        for (let i = 0; i < texts.length; i++) {
          if (!answer.empty[i]) heard[i] = (heard[i] as number) + weight;
          if (answer.truncated[i]) truncated[i] = true;
          const [sum, own] = [readings[i], answer.readings?.[i]];
          if (sum === undefined || own === undefined) continue;
          sum.tokens += own.tokens;
          sum.unknown += own.unknown;
        }
      }
      const all = members.reduce((sum, { weight }) => sum + weight, 0);
      const prior = classShares(card.classCounts, labels.length);
      for (let i = 0; i < texts.length; i++)
        answerRow(scores, i * labels.length, heard[i] as number, all, prior);
      return {
        probabilities: Float32Array.from(scores),
        truncated,
        readings,
        empty: Array.from(heard, (weight) => weight === 0),
      };
    },
    dispose,
  };
}

/** @returns [texts × classes] in the order of `labels`; ones, which have no say in a product, for texts with nothing in them */
function voiceOf(
  { probabilities, empty }: ClassifierAnswer,
  own: readonly string[],
  labels: readonly string[],
): Float32Array {
  const voice = reordered(probabilities, own, labels);
  empty.forEach((isEmpty, row) => {
    if (isEmpty) voice.fill(1, row * labels.length, (row + 1) * labels.length);
  });
  return voice;
}

/** Scores of one text become probabilities. */
function answerRow(
  scores: Float64Array,
  first: number,
  heard: number,
  all: number,
  prior: Float32Array,
): void {
  if (heard === 0) {
    scores.set(prior, first);
    return;
  }
  if (heard < all)
    for (let i = first; i < first + prior.length; i++) scores[i] = ((scores[i] as number) * all) / heard;
  softmaxInPlace(scores, first, prior.length);
}
