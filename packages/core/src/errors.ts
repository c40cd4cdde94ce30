/**
 * The one error type. Three parts a person needs: what was wrong and where (`message`), what to do (`hint`),
 * and a stable `code` that programs match on: the CLI turns it into an exit code, the API into a status.
 */
export class OtzyvError extends Error {
  override readonly name = 'OtzyvError';
  readonly code: OtzyvErrorCode;
  readonly hint: string;

  /**
   * @param code   area and fault, e.g. `data.missing-column`. Areas: `data`, `labels`, `options`, `model`, `hub`, `llm`,
   *               `run` are the user's to mend; `internal` and `system` are not.
   * @param message what was wrong, and where: file, row, column
   * @param hint   what to do about it
   */
  constructor(code: OtzyvErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** Area and fault. The area says whose it is to mend: `system` and `internal` are not the user's. */
export type OtzyvErrorCode =
  `${'data' | 'labels' | 'options' | 'model' | 'hub' | 'llm' | 'run' | 'system' | 'internal'}.${string}`;
