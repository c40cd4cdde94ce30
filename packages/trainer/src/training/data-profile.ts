/**
 * What the run learned from, at a glance, and how much of what it was measured on it had seen: `data_profile.json`.
 */
import { join } from 'node:path';
import { createProfiler, type DatasetProfile, type Leakage } from '@otzyv/core';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import type { Dataset } from './dataset.ts';
import type { LabelledTexts } from './labelled-texts.ts';
import { readPart } from './run-parts.ts';

const FILE = 'data_profile.json';

/** Of the two sides of a run's data. */
export interface DataProfile {
  readonly train: DatasetProfile;
  /** Of the texts to learn from, as ISO 639-1 has it; absent where letters do not tell. */
  readonly language?: 'ru' | undefined;
  /** How the validation side's rows divide into classes, by class id. */
  readonly validationCounts: readonly number[];
  /** Validation texts that stand in the training side too. */
  readonly leakage: Leakage;
}

export function profileData({
  labels,
  train,
  validation,
}: Pick<Dataset, 'labels' | 'train' | 'validation'>): DataProfile {
  const profiler = createProfiler();
  const each = ({ originals, labelIds, rows }: LabelledTexts, take: (row: Row) => void) =>
    originals.forEach((text, at) => {
      take({ text, label: labels[labelIds[at] as number] as string, row: rows[at] as number });
    });
  each(train, profiler.add);
  const finder = profiler.leakageFinder();
  each(validation, ({ text, row }) => finder.add(text, row));
  const validationCounts = labels.map((_, id) => validation.labelIds.filter((label) => label === id).length);
  const language = languageOf(train.originals);
  return {
    train: profiler.profile(),
    ...(language !== undefined && { language }),
    validationCounts,
    leakage: finder.leakage(),
  };
}

/** Russian where most letters are Cyrillic, and hardly any are those of its neighbours' alphabets. */
function languageOf(texts: readonly string[]): 'ru' | undefined {
  let [letters, cyrillic, foreign] = [0, 0, 0];
  for (const text of texts) {
    letters += text.match(/\p{L}/gu)?.length ?? 0;
    cyrillic += text.match(/\p{Script=Cyrillic}/gu)?.length ?? 0;
    foreign += text.match(/[^\P{Script=Cyrillic}а-яё]/giu)?.length ?? 0;
  }
  return cyrillic > letters / 2 && foreign < cyrillic / 200 ? 'ru' : undefined;
}

interface Row {
  readonly text: string;
  readonly label: string;
  readonly row: number;
}

export function writeDataProfile(run: string, profile: DataProfile): Promise<void> {
  return writeJson(join(run, FILE), { schemaVersion: 1, ...profile });
}

/** @returns undefined where the run has no such file, as those of earlier versions */
export function readDataProfile(run: string): Promise<DataProfile | undefined> {
  return readPart(
    run,
    FILE,
    z.object({
      language: z.literal('ru').optional(),
      train: z.custom<DatasetProfile>(hasRows, 'not a profile'),
      validationCounts: z.array(z.int()),
      leakage: z.custom<Leakage>(hasRows, 'not a count of leaks'),
    }),
  );
}

/** Written by us, of a version of ours: what is checked is that it was not replaced by something else. */
function hasRows(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'rows' in value;
}
