/**
 * The model card people read: `README.md` of a model folder, with the front matter the hub understands.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files.ts';
import type { EvaluationResult } from '../training/evaluate.ts';
import { exists, type ModelCard } from './model-folder.ts';

const SHOWN_METRICS = ['f1_weighted', 'f1_macro', 'accuracy', 'precision_weighted', 'recall_weighted'];

export function writeModelReadme(
  folder: string,
  card: ModelCard,
  evaluation: EvaluationResult,
): Promise<void> {
  return writeFileAtomically(join(folder, 'README.md'), modelReadme(card, evaluation));
}

/** A folder that is replaced keeps its card. */
export async function copyModelReadme(from: string, to: string): Promise<void> {
  if (await exists(join(from, 'README.md'))) await copyFile(join(from, 'README.md'), join(to, 'README.md'));
}

function modelReadme(card: ModelCard, { rows, report, labels, truncatedShare }: EvaluationResult): string {
  const isHubModel = card.kind === 'bert' && card.source.includes('/') && !/^[./~]/.test(card.source);
  const percent = (value: number) => value.toFixed(3);
  return `---
pipeline_tag: text-classification
library_name: ${card.kind === 'bert' ? 'transformers' : 'otzyv'}
tags:
- otzyv
- text-classification
- reviews
metrics:
- f1
- accuracy
${isHubModel ? `base_model: ${card.source}\n` : ''}---

# Review classifier (${card.source})

Trained with Otzyv ${card.otzyvVersion} on ${card.trainedOn.rows} texts${card.trainedOn.refitted ? ' (after measuring, once more on all rows)' : ''}.

## Results

On ${rows} validation texts, chosen by this number among the checkpoints of one run. The baseline always answers the most frequent class.

| metric | model | baseline |
|---|---|---|
${SHOWN_METRICS.map((name) => `| ${name} | ${percent(card.metrics[name] ?? 0)} | ${percent(card.baseline[name] ?? 0)} |`).join('\n')}

${card.kind === 'bert' ? `Texts are cut at ${card.maxLength} tokens; ${(truncatedShare * 100).toFixed(1)} % of the validation texts were.\n` : ''}
## Labels

| label | rows trained on | precision | recall | F1 | rows measured on |
|---|---|---|---|---|---|
${labels
  .map((label, id) => {
    const row = report.classes[id];
    return `| ${label} | ${card.classCounts[id]} | ${percent(row?.precision ?? 0)} | ${percent(row?.recall ?? 0)} | ${percent(row?.f1 ?? 0)} | ${row?.support ?? 0} |`;
  })
  .join('\n')}

## Use

\`\`\`sh
npx otzyv predict --model . --input reviews.csv --output predictions.csv
\`\`\`
${
  card.kind === 'bert'
    ? `
In JavaScript, with \`@huggingface/transformers\`, or in Python, with \`transformers\`: \`pipeline("text-classification", folder)\`. They do not clean texts as Otzyv does (preset "${card.cleaning.preset}"): clean them first with \`cleanText\` of \`@otzyv/core\` for equal answers.
`
    : ''
}`;
}
