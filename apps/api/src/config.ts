/** All that decides how the server behaves, resolved: flags and the environment are read in main.ts only. */
import type { ModelSpec } from './models/model-service.ts';

export interface ServerConfig {
  /** The first is the default. */
  readonly models: readonly ModelSpec[];
  readonly limits: RequestLimits;
  /** Where runs lie that may be looked at; absent: none. */
  readonly runsFolder: string | undefined;
  /** Origins that browsers may ask from; `*`: any. */
  readonly corsOrigins: readonly string[];
}

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
