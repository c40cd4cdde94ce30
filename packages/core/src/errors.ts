/**
 * The one error type. Three parts a person needs: what was wrong and where (`message`), what to do (`hint`),
 * and a stable `code` that programs match on: programs end with an exit code by it (`exitCodeOf`), the API answers with a status.
 */
export class OtzyvError extends Error {
  override readonly name = 'OtzyvError';
  readonly code: OtzyvErrorCode;
  readonly hint: string;

  /**
   * @param code   area and fault, e.g. `data.missing-column`. The area says what it is about, `exitCodeOf`
   *               whose it is to mend.
   * @param message what was wrong, and where: file, row, column
   * @param hint   what to do about it
   */
  constructor(code: OtzyvErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** Area and fault: `system` is the machine and other programs, `internal` a mistake of ours. */
export type OtzyvErrorCode =
  `${'data' | 'labels' | 'options' | 'model' | 'hub' | 'llm' | 'run' | 'system' | 'internal'}.${string}`;

/** Faults that no other input or flag would have avoided. */
const NOT_THE_USERS = [
  /^internal\./,
  /^system\.(disk-full|output|process-ended|unreachable|store-unavailable)$/,
  /^hub\.(network|checksum|server)$/,
  /^llm\.(no-answers|quota)$/,
  /^run\.diverged$/,
  /^model\.quantization-loss$/,
];

/** With which a program ends that an error ended: 2 for usage and bad data, 1 for all that the user cannot mend. */
export function exitCodeOf(error: unknown): 1 | 2 {
  const isTheUsers =
    error instanceof OtzyvError && !NOT_THE_USERS.some((pattern) => pattern.test(error.code));
  return isTheUsers ? 2 : 1;
}
