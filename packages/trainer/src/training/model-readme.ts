/**
 * The model card people read: `README.md` of a model folder, with the front matter the hub understands.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomically } from '../files.ts';
import type { ModelCard } from '../model/model-folder.ts';
import type { EvaluationResult } from './evaluate.ts';
import { isLinear, type RunOptions } from './options.ts';

/** What of a run stands in the card of its model. */
export interface CardContent {
  readonly card: ModelCard;
  readonly options: RunOptions;
  readonly evaluation: EvaluationResult;
  /** Each evaluation of the run, and whether the model is the one that was measured then. */
  readonly checkpoints: readonly CheckpointRow[];
}

export interface CheckpointRow {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly isSaved: boolean;
}

const SHOWN_METRICS = ['f1_weighted', 'f1_macro', 'accuracy', 'precision_weighted', 'recall_weighted'];

export function writeModelReadme(folder: string, content: CardContent): Promise<void> {
  return writeFileAtomically(join(folder, 'README.md'), modelReadme(content));
}

function modelReadme({ card, options, evaluation, checkpoints }: CardContent): string {
  const { rows, report, labels, truncatedShare } = evaluation;
  const isHubModel = card.kind === 'bert' && card.source !== 'micro' && !existsSync(card.source);
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
${isHubModel ? `base_model: ${card.source}\n` : ''}model-index:
- name: ${JSON.stringify(`otzyv ${basename(card.source)}`)}
  results:
  - task:
      type: text-classification
    dataset:
      name: ${JSON.stringify(`${rows} held-out rows of ${basename(card.trainedOn.file)}`)}
      type: csv
    metrics:
    - type: f1
      name: weighted F1
      value: ${score(card.metrics['f1_weighted'])}
    - type: accuracy
      value: ${score(card.metrics['accuracy'])}
---

# Review classifier (${card.source})

Trained with Otzyv ${card.otzyvVersion} on ${card.trainedOn.rows} texts${card.trainedOn.refitted ? ' (after measuring, once more on all rows)' : ''}.

## Results

On ${rows} validation texts, chosen by this number among the checkpoints of one run. The baseline always answers the most frequent class.

| metric | model | baseline |
|---|---|---|
${SHOWN_METRICS.map((name) => `| ${name} | ${score(card.metrics[name])} | ${score(card.baseline[name])} |`).join('\n')}

${card.kind === 'bert' ? `Texts are cut at ${card.maxLength} tokens; ${(truncatedShare * 100).toFixed(1)} % of the validation texts were.\n` : ''}
## Labels

| label | rows trained on | precision | recall | F1 | rows measured on |
|---|---|---|---|---|---|
${labels
  .map((label, id) => {
    const row = report.classes[id];
    return `| ${label.replaceAll('|', '\\|')} | ${card.classCounts[id]} | ${score(row?.precision)} | ${score(row?.recall)} | ${score(row?.f1)} | ${row?.support ?? 0} |`;
  })
  .join('\n')}

## Training

| setting | value |
|---|---|
${settings(options)
  .map(([name, value]) => `| ${name} | ${value} |`)
  .join('\n')}
${checkpointTable(checkpoints, options.metric)}
## Use

\`\`\`sh
npx otzyv predict --model . --input reviews.csv --output predictions.csv
\`\`\`
${
  card.kind === 'bert'
    ? `
In JavaScript, with \`@huggingface/transformers\`, or in Python, with \`transformers\`: \`pipeline("text-classification", folder)\`. They do not clean texts as Otzyv does (preset "${card.cleaning.preset}"): clean them first with \`cleanText\` of \`@otzyv/core\` for equal labels. The scores they give are those of the weights; Otzyv divides the logits by the \`temperature\` in \`otzyv.json\` first.
`
    : ''
}`;
}

function settings(options: RunOptions): [name: string, value: string | number][] {
  const {
    cleaning,
    loss,
    batchSize,
    gradientAccumulationSteps: accumulation,
    schedule,
    warmupSteps,
  } = options;
  const common: [string, string | number][] = [
    ['class weights', options.classWeights],
    ['cleaning', `${cleaning.preset}${cleaning.rules ? ` with ${JSON.stringify(cleaning.rules)}` : ''}`],
    ['seed', options.seed],
  ];
  if (isLinear(options)) return common;
  const details = loss.kind === 'focal' ? `γ = ${loss.gamma}` : `label smoothing ${loss.labelSmoothing ?? 0}`;
  return [
    ['loss', `${loss.kind}, ${details}`],
    ['learning rate', `${options.learningRate}, ${schedule}, warm-up ${warmupSteps}`],
    ['batch size', accumulation === 1 ? batchSize : `${batchSize} × ${accumulation}`],
    ['epochs', options.epochs],
    ['weight decay', options.weightDecay],
    ['greatest gradient norm', options.maxGradNorm],
    ['greatest length', `${options.maxLength} tokens`],
    ...common,
  ];
}

/** The saved one in bold; nothing for a model that is not trained by steps. */
function checkpointTable(checkpoints: readonly CheckpointRow[], metric: string): string {
  if (checkpoints.length === 0) return '';
  const rows = checkpoints.map(({ step, epoch, metrics, isSaved }) => {
    const cells = [epoch.toFixed(2), String(step), score(metrics[metric]), score(metrics['accuracy'])];
    return `| ${cells.map((cell) => (isSaved ? `**${cell}**` : cell)).join(' | ')} |`;
  });
  return `
| epoch | step | ${metric} | accuracy |
|---|---|---|---|
${rows.join('\n')}
`;
}

function score(value: number | undefined): string {
  return (value ?? 0).toFixed(3);
}
