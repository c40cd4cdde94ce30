/** Screens need a terminal at both ends, and say so before they load. */
import { OtzyvError } from '@otzyv/core';

/** @param what needs one @param hint what to do without one @throws OtzyvError `options.no-terminal` */
export function requireTerminal(what: string, hint: string): void {
  const other = !process.stdout.isTTY ? 'output' : !process.stdin.isTTY ? 'input' : undefined;
  if (other === undefined) return;
  throw new OtzyvError(
    'options.no-terminal',
    `${what} needs a terminal, and its ${other} is none`,
    `Run it in one. ${hint}`,
  );
}
