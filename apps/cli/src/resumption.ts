/** Work that was interrupted: how it is gone on with, and what may be asked anew then. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OtzyvError, quotedForShell } from '@otzyv/core';
import { canonicalOption } from './arguments.ts';
import type { Progress } from './terminal/progress.ts';

/** The command that goes on in a folder, as it can be typed. */
export function resumeCommand(
  command: 'train' | 'pretrain' | 'crossval' | 'pseudo-label',
  folder: string,
): string {
  return `npx otzyv ${command} --resume ${quotedForShell(folder)}`;
}

/** What was typed, as it can be typed again to go on. */
export function sameCommandWithResume(): string {
  const typed = process.argv.slice(2).filter((argument) => !['--resume', '--overwrite'].includes(argument));
  return ['npx otzyv', ...typed.map(quotedForShell), '--resume'].join(' ');
}

/**
 * @param others what was asked for beside that which may be asked anew
 * @throws OtzyvError `options.resume` where there is any
 */
export function refuseOthers(others: object, work: 'run' | 'cross-validation' | 'self-training'): void {
  const [other] = Object.keys(others);
  if (other === undefined) return;
  throw new OtzyvError(
    'options.resume',
    `a ${work} is resumed with the options it was begun with: --${canonicalOption(other)} has no place here`,
    `Leave it out, or begin a new ${work}.`,
  );
}

/** Goes before the command that goes on. */
export function savedAt(step: number): string {
  return step > 0 ? `saved at step ${step}. Go on with:` : 'there was nothing to save yet. Begin again with:';
}

/** @param optionsFile is there as soon as the run is begun @param again the command that goes on */
export function describeInterrupted(step: number, optionsFile: string, again: string): string {
  return existsSync(optionsFile)
    ? `${savedAt(step)}\n  ${again}`
    : 'nothing was begun yet, and nothing is left behind';
}

/**
 * After a full disk, say.
 * @param again the command that goes on
 * @param saved what lies in the folder where something is saved
 */
export function sayHowToGoOn(folder: string, again: string, progress: Progress, saved = 'checkpoints') {
  return (error: unknown): never => {
    // what a run came to by itself, or for want of a file, it would come to again
    const mayPass = !(error instanceof OtzyvError) || /^(system|hub|internal)\./.test(error.code);
    if (mayPass && existsSync(join(folder, saved)))
      progress.say(`what was saved can be gone on with:\n  ${again}`);
    throw error;
  };
}
