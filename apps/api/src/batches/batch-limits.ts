/** What is refused, and how long what was done is kept. */
export interface BatchLimits {
  /** Of one file. */
  readonly maxBytes: number;
  /** Not finished yet, of all clients. */
  readonly maxUnfinished: number;
  /** After its end. */
  readonly keepMs: number;
}

export const DEFAULT_BATCH_LIMITS: BatchLimits = {
  maxBytes: 200 * 2 ** 20,
  maxUnfinished: 100,
  keepMs: 24 * 3600 * 1000,
};
