/** Labelling sessions on files of a folder that each test has to itself, worked as a person would. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { LabellingOptions } from '../labelling/labelling-options.ts';
import { type Labelling, type LabellingSummary, withLabelling } from '../labelling/open-labelling.ts';
import { currentItem, step } from '../labelling/session.ts';

export const CLASSES = ['обувь', 'посуда'];

const COLUMNS = { textColumn: 'text', labelColumn: 'label' };

let root: string;
let folder: string;
let count = 0;

/** To be called at the top of a test file. */
export function useLabellingFolders(): void {
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'otzyv-labelling-'));
  });
  afterAll(() => rm(root, { recursive: true }));
  beforeEach(() => {
    folder = join(root, String(count++));
    mkdirSync(folder);
  });
}

/** Of a file in the folder of all tests. */
export const inRoot = (name: string): string => join(root, name);

/** Of a file in the folder of the test that runs. */
export const at = (name: string): string => join(folder, name);
export const read = (name: string): string => readFileSync(at(name), 'utf8');
export function put(name: string, content: string): void {
  writeFileSync(at(name), content);
}

/** `a.csv` into `out.csv`, unless told otherwise. */
export const open = <T>(
  options: Partial<LabellingOptions>,
  work: (labelling: Labelling) => Promise<T>,
): Promise<T> => withLabelling({ file: at('a.csv'), output: at('out.csv'), ...COLUMNS, ...options }, work);

/** Does what a person would: a label for the review that is looked at, or what else is said of it. */
export function does(labelling: Labelling, ...said: readonly string[]): void {
  for (const word of said) {
    const { row } = currentItem(labelling.session)!;
    if (word === 'undo') labelling.act({ type: 'undo' });
    else if (word === 'back') labelling.act(step(labelling.session, -1) ?? { type: 'go', row });
    else {
      const verdict =
        word === 'skip' || word === 'exclude'
          ? ({ kind: word } as const)
          : ({ kind: 'label', label: word } as const);
      labelling.act({ type: 'decide', row, verdict, time: 1_700_000_000_000 + row });
    }
  }
}

/** A whole sitting. */
export const label = (
  options: Partial<LabellingOptions>,
  ...said: readonly string[]
): Promise<LabellingSummary> =>
  open(options, async (labelling) => {
    does(labelling, ...said);
    return labelling.write();
  });
