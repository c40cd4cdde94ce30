/**
 * An ensemble's folder: `otzyv.json` with the members and their weights, and a copy of each member's folder inside, so
 * that it needs nothing else.
 */
import { basename } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { replaceFolder } from '../files.ts';
import type { FetchOptions } from '../hub/fetch-model.ts';
import {
  type EnsembleCard,
  type ModelCard,
  readModelCard,
  writeModelCard,
  writeOwnConfig,
} from '../model/model-folder.ts';
import { readSavedClassifier } from '../model/saved-classifier.ts';
import type { EvaluationResult } from '../training/evaluate.ts';
import { OTZYV_VERSION } from '../version.ts';
import { resolveModelFolder } from './classifier.ts';
import { copyModel } from './copy-model.ts';
import { memberFolder } from './ensemble.ts';
import { writeEnsembleReadme } from './ensemble-readme.ts';

/** What is pooled, and how. */
export interface EnsembleOptions {
  readonly members: readonly EnsembleMember[];
  /** Measured on texts that neither the members nor the weights were learned from, for the cards. */
  readonly evaluation?: EvaluationResult;
  /** How members are had from the hub. */
  readonly fetch?: FetchOptions;
}

export interface EnsembleMember {
  /** a run's folder, a model's folder or a hub id */
  readonly folder: string;
  /** the power of its probabilities in the pool, zero or more */
  readonly weight: number;
}

/** A model that is to be a member, found and looked at. */
export interface Candidate {
  /** as it was asked for */
  readonly asked: string;
  readonly path: string;
  /** absent where the folder was not written by Otzyv */
  readonly card: ModelCard | undefined;
  readonly labels: readonly string[];
}

/**
 * Puts an ensemble in the place of whatever lies there. Its classes are in the order of the first member's.
 * @throws OtzyvError `labels.differ`, `options.weights`, `model.*`, `hub.*`
 */
export async function writeEnsemble(
  folder: string,
  { members, evaluation, fetch = {} }: EnsembleOptions,
): Promise<EnsembleCard> {
  checkWeights(members.map(({ weight }) => weight));
  const candidates = await findCandidates(
    members.map((member) => member.folder),
    fetch,
  );
  const names = candidates.map(({ card, asked }, i) => `${i + 1}-${plainName(card?.source ?? asked)}`);
  const card: EnsembleCard = {
    ...newEnsembleCard(candidates),
    members: members.map(({ weight }, i) => ({ name: names[i] as string, weight })),
    metrics: { ...evaluation?.metrics },
    baseline: { ...evaluation?.baseline },
  };
  await replaceFolder(folder, async (unfinished) => {
    for (const [i, { path }] of candidates.entries())
      await copyModel(path, memberFolder(unfinished, names[i] as string));
    await writeOwnConfig(unfinished, card);
    await writeModelCard(unfinished, card);
    await writeEnsembleReadme(unfinished, card, evaluation);
  });
  return card;
}

/** @throws OtzyvError `labels.differ`, `model.*`, `hub.*` */
export async function findCandidates(
  models: readonly string[],
  fetch: FetchOptions,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const asked of models) {
    const path = await resolveModelFolder(asked, fetch);
    const card = await readModelCard(path);
    candidates.push({ asked, path, card, labels: card?.labels ?? (await readSavedClassifier(path)).labels });
  }
  checkLabels(candidates);
  return candidates;
}

/** What the members share: classes are counted where most was learned from. */
function newEnsembleCard(
  candidates: readonly Candidate[],
): Omit<EnsembleCard, 'members' | 'metrics' | 'baseline'> {
  const labels = candidates[0]?.labels ?? [];
  const cards = candidates.flatMap(({ card }) => card ?? []);
  const largest = cards.toSorted((a, b) => b.trainedOn.rows - a.trainedOn.rows)[0];
  return {
    schemaVersion: 1,
    kind: 'ensemble',
    source: 'ensemble',
    labels: [...labels],
    cleaning: { preset: 'none' }, // each member cleans for itself
    maxLength: Math.max(...cards.map(({ maxLength }) => maxLength), 1),
    classCounts: labels.map((label) => largest?.classCounts[largest.labels.indexOf(label)] ?? 0),
    trainedOn: largest?.trainedOn ?? { file: '', sha256: '', rows: 0, refitted: false },
    createdAt: new Date().toISOString(),
    otzyvVersion: OTZYV_VERSION,
  };
}

/** @throws OtzyvError `options.weights` */
export function checkWeights(weights: readonly number[]): void {
  if (
    weights.every((weight) => weight >= 0 && Number.isFinite(weight)) &&
    weights.some((weight) => weight > 0)
  )
    return;
  throw new OtzyvError(
    'options.weights',
    `weights ${weights.join(', ')}: none may be below zero, and one must be above it`,
    'Name a weight for each model, e.g. --weights 0.3,0.7.',
  );
}

/** @throws OtzyvError `labels.differ` that names the differences */
export function checkLabels(models: readonly Pick<Candidate, 'asked' | 'labels'>[]): void {
  const [first, ...others] = models;
  for (const other of others) {
    const [only, lacking] = [
      other.labels.filter((label) => !first?.labels.includes(label)),
      first?.labels.filter((label) => !other.labels.includes(label)) ?? [],
    ];
    if (only.length + lacking.length === 0) continue;
    const differences = [
      ...(only.length > 0 ? [`only ${other.asked} knows ${quoted(only)}`] : []),
      ...(lacking.length > 0 ? [`only ${first?.asked} knows ${quoted(lacking)}`] : []),
    ];
    throw new OtzyvError(
      'labels.differ',
      `${first?.asked} and ${other.asked} have different labels: ${differences.join('; ')}`,
      'Models that answer together must be trained on the same labels.',
    );
  }
}

function quoted(labels: readonly string[]): string {
  return labels.map((label) => `"${label}"`).join(', ');
}

/** @example plainName('cointegrated/rubert-tiny2') // rubert-tiny2 */
function plainName(source: string): string {
  return basename(source)
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .slice(0, 60);
}
