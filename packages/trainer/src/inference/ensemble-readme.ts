/** The card of an ensemble that people read: `README.md` of its folder. */
import { join } from 'node:path';
import type { MetricName } from '@otzyv/core';
import { writeFileAtomically } from '../files.ts';
import type { EnsembleCard } from '../model/model-folder.ts';
import { score } from '../report/numbers.ts';
import type { EvaluationResult } from '../training/evaluate.ts';
import { markdownTable } from '../training/markdown.ts';
import { GENERAL_LIMITS, limitsOfMeasurement } from '../training/model-readme-limits.ts';
import { classesTable, metricsTable } from '../training/readme-tables.ts';

/** @param evaluation absent where nothing was measured */
export function writeEnsembleReadme(
  folder: string,
  card: EnsembleCard,
  evaluation: EvaluationResult | undefined,
): Promise<void> {
  return writeFileAtomically(join(folder, 'README.md'), ensembleReadme(card, evaluation));
}

const SHOWN_METRICS: readonly MetricName[] = ['f1_weighted', 'f1_macro', 'accuracy', 'log_loss'];

function ensembleReadme(card: EnsembleCard, evaluation: EvaluationResult | undefined): string {
  return `---
pipeline_tag: text-classification
library_name: otzyv
tags:
- otzyv
- text-classification
- ensemble
metrics:
- f1
- accuracy
---

# Review classifier (an ensemble)

Several models answer as one, by the product of their probabilities, each to the power of its weight. Pooled with Otzyv
${card.otzyvVersion}.

${markdownTable(
  ['member', 'weight'],
  card.members.map(({ name, weight }) => [`[${name}](members/${encodeURIComponent(name)})`, score(weight)]),
)}
${evaluation === undefined ? '' : measured(evaluation)}
## Use

\`\`\`sh
npx otzyv predict --model . --input reviews.csv --output predictions.csv
\`\`\`

Each member cleans texts as it was trained to. For other programs, \`otzyv export --model members/…\` writes one member
with its ONNX file.

## Limits

${[...GENERAL_LIMITS, ...(evaluation === undefined ? ['Nobody has measured it.'] : limitsOfMeasurement(evaluation))].map((limit) => `- ${limit}`).join('\n')}
`;
}

function measured(evaluation: EvaluationResult): string {
  return `
## Results

On ${evaluation.rows} texts that neither the members nor the weights were learned from; a BERT among the members may have had its
best checkpoint chosen by them. The baseline always answers the most frequent class.

${metricsTable(evaluation, SHOWN_METRICS, 'ensemble')}

${classesTable(evaluation)}
`;
}
