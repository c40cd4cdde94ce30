/** The kinds of questions: how a back end is asked them, and what of the answer the journal keeps. */
import type { Answer, Asked, Backend, Question, Written } from '../backend.ts';
import type { KeptAnswer, KeptVote, WrittenReview } from './journal.ts';

export interface Inquiry<Put extends Asked, Given, Kept extends KeptAnswer> {
  ask(backend: Backend, question: Put, signal?: AbortSignal): Promise<Given>;
  keep(answer: Given): Kept;
  /** What was kept of an answer, if it is one to such a question. */
  kept(answer: KeptAnswer | undefined): Kept | undefined;
}

export const FOR_A_LABEL: Inquiry<Question, Answer, KeptVote> = {
  ask: (backend, question, signal) => backend.ask(question, signal),
  keep: ({ label, confidence, probabilities }) => ({
    ...{ label, confidence },
    ...(probabilities && { probabilities: probabilities.map((p) => Number(p.toPrecision(6))) }),
  }),
  kept: (answer) => (answer !== undefined && 'label' in answer ? answer : undefined),
};

export const FOR_A_REVIEW: Inquiry<Asked, Written, WrittenReview> = {
  ask: (backend, asked, signal) => backend.write(asked, signal),
  keep: ({ text }) => ({ review: text }),
  kept: (answer) => (answer !== undefined && 'review' in answer ? answer : undefined),
};
