/** Nothing was wrong with the request but its time. */
import { OtzyvError, type OtzyvErrorCode } from '@otzyv/core';

export class TryLater extends OtzyvError {
  readonly retryAfterSeconds: number;

  constructor(code: OtzyvErrorCode, message: string, retryAfterSeconds: number) {
    super(
      code,
      message,
      `Try again in ${retryAfterSeconds === 1 ? 'a second' : `${retryAfterSeconds} seconds`}.`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
