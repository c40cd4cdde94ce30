/** The classes that a person may choose from, to which every label has to belong that a file, a model or a colleague has. */
import { createLabelEncoder, encoderOf, OtzyvError } from '@otzyv/core';
import { encodeLabel } from '../data/read.ts';
import type { AuditFinding } from './audit-findings.ts';
import type { FileRow } from './labelling-file.ts';
import type { LabellingOptions } from './labelling-options.ts';

/** @throws OtzyvError `labels.unknown`, `data.no-labels` where there is nothing to choose from */
export function knownClasses(
  { classes, model, file, second = file, audit }: LabellingOptions,
  rows: readonly FileRow[],
  findings: readonly AuditFinding[] | undefined,
  secondLabelled: ReadonlyMap<number, string>,
): readonly string[] {
  const modelClasses = model?.classifier.labels;
  const used = [
    ...rows.flatMap(({ row, label, suggestions }) => [
      { file, row, label },
      ...suggestions.map((suggestion) => ({ file, row, label: suggestion.label })),
    ]),
    ...[...secondLabelled].map(([row, label]) => ({ file: second, row, label })),
    ...(findings ?? []).flatMap(({ row, suggestedLabel, decided }) => [
      { file: audit?.file ?? file, row, label: suggestedLabel },
      { file: audit?.file ?? file, row, label: decided?.kind === 'label' ? decided.label : undefined },
    ]),
  ].flatMap(({ label, ...place }) => (label === undefined ? [] : [{ label, ...place }]));
  const known = classes ?? modelClasses;
  if (known === undefined) {
    const all = createLabelEncoder(used.map(({ label }) => label)).classes;
    if (all.length > 0) return all;
    throw new OtzyvError(
      'data.no-labels',
      `${file} has no labels yet, and nothing else says which classes there are`,
      'Name them with --classes "обувь,одежда,посуда", or a trained model with --model.',
    );
  }
  const encoder = encoderOf(known);
  for (const label of modelClasses ?? []) encoder.encode(label);
  for (const { file: where, ...review } of used) encodeLabel(encoder, review, where);
  return known;
}
