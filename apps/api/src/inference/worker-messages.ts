/** What the server and its inference threads say to each other. */
import type { OtzyvErrorCode } from '@otzyv/core';
import type { ClassifierOptions, Model, ModelCard, Reading } from '@otzyv/trainer';

/** Which model, and how it is run: threads of each worker, batch size, dtype, device. */
export interface WorkerOptions extends Pick<ClassifierOptions, 'threads' | 'batchSize' | 'dtype' | 'device'> {
  readonly folder: string;
}

/** What is known of a model that answers. */
export type ServedModel = Pick<Model, 'kind' | 'labels' | 'maxLength'> & {
  readonly card: ModelCard | undefined;
};

export interface ToWorker {
  readonly id: number;
  readonly texts: readonly string[];
}

export type FromWorker =
  | { readonly type: 'ready'; readonly model: ServedModel }
  | {
      readonly type: 'answered';
      readonly id: number;
      /** [texts × classes] */
      readonly probabilities: Float32Array;
      readonly truncated: readonly boolean[];
      readonly empty: readonly boolean[];
      readonly readings: readonly Reading[];
    }
  | {
      readonly type: 'failed';
      /** absent where the model could not be loaded */
      readonly id: number | undefined;
      readonly error: { readonly code: OtzyvErrorCode; readonly message: string; readonly hint: string };
    };
