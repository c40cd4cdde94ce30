/** What the labelling screen shows. */
import type { LabellingSession, WordWeight } from '@otzyv/trainer';
import type { LabelUi } from './label-state.ts';

export interface LabelViewProps {
  readonly session: LabellingSession;
  readonly ui: LabelUi;
  /** what is labelled */
  readonly file: string;
  /** what comes out */
  readonly output: string;
  /** words that mattered to the model; undefined where none is asked, null while it is at work */
  readonly words: readonly WordWeight[] | null | undefined;
}
