/** What is refused, so that nobody waits for an answer that cannot come. */
export interface RequestLimits {
  readonly maxBodyBytes: number;
  readonly maxTexts: number;
  /** in characters */
  readonly maxTextLength: number;
  readonly timeoutMs: number;
}

export const DEFAULT_LIMITS: RequestLimits = {
  maxBodyBytes: 4 * 2 ** 20,
  maxTexts: 1000,
  maxTextLength: 20_000,
  timeoutMs: 30_000,
};
