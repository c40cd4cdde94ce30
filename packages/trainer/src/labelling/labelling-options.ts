/** What a person says of a labelling session before it begins. */
import type { Classifier } from '../inference/classifier.ts';
import type { GivenStudioNames } from './label-studio.ts';
import type { LabellingColumns } from './labelling-file.ts';

export interface LabellingOptions extends LabellingColumns {
  /** What is labelled: a table, or Label Studio's tasks. */
  readonly file: string;
  /** What comes out; the same file only with `overwrite`. */
  readonly output: string;
  /** Replace an output that is there, and that no session of ours has made. */
  readonly overwrite?: boolean;
  /** Default: the model's, or else all that the files have. */
  readonly classes?: readonly string[] | undefined;
  /** Suggests labels, and says which of them are least certain. */
  readonly model?: { readonly name: string; readonly classifier: Classifier } | undefined;
  /** An audit's file: what it found comes first, and nothing else. */
  readonly audit?: { readonly file: string; readonly decisions: string } | undefined;
  /** A file with a second person's labels. */
  readonly second?: string | undefined;
  /** Also reviews that have a label, where some have none. */
  readonly all?: boolean;
  /** As many reviews at most. */
  readonly limit?: number | undefined;
  /** Of Label Studio's labelling interface; those that are not given are those that the file's answers use. */
  readonly studioNames?: GivenStudioNames;
  /** Told of the reviews that the model has answered. */
  readonly onPredicted?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}
