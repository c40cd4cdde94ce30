/**
 * Unlabelled reviews to a training file, by a language model's votes. Each text is asked about once, however many rows
 * have it; each answer goes into a journal beside the output before it counts, so that a process that was killed goes on
 * where it was. A text without an answer is left out and told of: it is never made into noise.
 */
import { setMaxListeners } from 'node:events';
import { refuseSameFile, withLockBeside, writeJson } from '@otzyv/trainer';
import { type AskingContext, type AskingOptions, createAsker } from './asking/asker.ts';
import { FOR_A_LABEL } from './asking/inquiries.ts';
import { askedKey, openJournal } from './asking/journal.ts';
import type { Backend, Work } from './backend.ts';
import type { Category } from './categories.ts';
import { type GoldOptions, measureOnGold } from './gold.ts';
import { type VoteOptions, votesOf } from './prompt.ts';
import { agreementOf, type LlmReport } from './report.ts';
import { askedText, readTexts, type SourceOptions, writeLabelled } from './training-file.ts';
import { type CastVote, type ConfidenceSource, verdictOf } from './votes.ts';

export interface LabelOptions extends SourceOptions, VoteOptions, AskingOptions {
  readonly output: string;
  readonly categories: readonly Category[];
  readonly confidence: ConfidenceSource;
  readonly gold?: GoldOptions | undefined;
}

export interface LabelContext extends AskingContext {
  readonly open: (work: Work) => Promise<Backend>;
}

/** Where the answers are kept. */
export function journalPath(output: string): string {
  return `${output}.journal.jsonl`;
}

/** What is said at the end, for programs. */
export function reportPath(output: string): string {
  return `${output}.report.json`;
}

/**
 * @throws OtzyvError `data.*`, `options.*`, `llm.*`, `run.locked`; the signal's reason when aborted. The answers that came
 * before are in the journal then, and the output is not written.
 */
export async function labelReviews(options: LabelOptions, context: LabelContext): Promise<LlmReport> {
  const { output, categories } = options;
  await refuseSameFile(options.input, output);
  const votes = votesOf(categories, options);
  const source = await readTexts(options);
  const labels = categories.map(({ name }) => name);
  if (context.signal) setMaxListeners(0, context.signal); // each question listens
  return withLockBeside(output, async () => {
    const journal = await openJournal(journalPath(output));
    try {
      const instructions = votes.map(({ instruction }) => instruction);
      const { longestText, texts } = source;
      const backend = await context.open({ instructions, longestText, labels, writtenTokens: 0 });
      try {
        const asked = votes.map((vote) => ({ vote, key: askedKey(backend.model, { ...vote, labels }) }));
        const tasks = texts.flatMap((text) =>
          asked.map(({ vote, key }) => ({ question: { ...vote, text, labels }, asked: key })),
        );
        const asker = createAsker(backend, journal, options, context);
        const answers = await asker.ask(FOR_A_LABEL, tasks);
        const votesOn = new Map<string, readonly CastVote[]>(
          texts.map((text, i) => [
            text,
            answers.slice(i * votes.length, (i + 1) * votes.length).filter((vote) => vote !== undefined),
          ]),
        );
        const castVotes = (text: string) => votesOn.get(text) ?? [];
        const verdict = (text: string) => {
          const cast = castVotes(text);
          return cast.length === 0 ? undefined : verdictOf(cast, categories, options.confidence);
        };
        const written = await writeLabelled(options, labels, 'votes', (text) => {
          const found = verdict(text);
          return found && { ...found, details: castVotes(text).map((vote) => shownVote(vote, labels)) };
        });
        const cast = texts.map(castVotes);
        const report: LlmReport = {
          ...written,
          model: backend.model,
          votes: votes.length,
          texts: texts.length,
          cutTexts: source.cutTexts,
          unlabelledTexts: cast.filter(({ length }) => length === 0).length,
          answersWithTokens: cast.flat().filter(({ probabilities }) => probabilities !== undefined).length,
          agreement: agreementOf(cast, votes.length, labels),
          ...asker.effort(),
          ...(options.gold && {
            gold: await measureOnGold(options.gold, labels, (text) =>
              verdict(askedText(text, options.maxTextLength)),
            ),
          }),
        };
        await writeJson(reportPath(output), report);
        return report;
      } finally {
        await backend.close();
      }
    } finally {
      await journal.close();
    }
  });
}

function shownVote({ label, confidence, probabilities }: CastVote, labels: readonly string[]): object {
  const probability = probabilities?.[labels.indexOf(label)];
  return {
    label,
    confidence,
    ...(probability !== undefined && { probability: Number(probability.toFixed(4)) }),
  };
}
