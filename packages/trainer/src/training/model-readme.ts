/**
 * The model card people read: `README.md` of a model folder, with the front matter the hub understands. A licence is not
 * named, since nobody told it: whoever publishes the model does.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MetricName } from '@otzyv/core';
import { writeFileAtomically } from '../files.ts';
import type { ModelCard } from '../model/model-folder.ts';
import { percent, score } from '../report/numbers.ts';
import type { DataProfile } from './data-profile.ts';
import type { EvaluationResult } from './evaluate.ts';
import { cell, markdownTable } from './markdown.ts';
import { limits } from './model-readme-limits.ts';
import { isLinear, type RunOptions } from './options.ts';
import { classesTable, metricsTable } from './readme-tables.ts';

/** What of a run stands in the card of its model. */
export interface CardContent {
  readonly card: ModelCard;
  readonly options: RunOptions;
  readonly evaluation: EvaluationResult;
  readonly profile: DataProfile;
  /** Each evaluation of the run, and whether the model is the one that was measured then. */
  readonly checkpoints: readonly CheckpointRow[];
}

export interface CheckpointRow {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly isSaved: boolean;
}

const SHOWN_METRICS: readonly MetricName[] = [
  'f1_weighted',
  'f1_macro',
  'accuracy',
  'precision_weighted',
  'recall_weighted',
];

export function writeModelReadme(folder: string, content: CardContent): Promise<void> {
  return writeFileAtomically(join(folder, 'README.md'), modelReadme(content));
}

/** @returns Markdown with YAML front matter, as https://huggingface.co/docs/hub/model-cards describes it */
export function modelReadme(content: CardContent): string {
  const { card, options, evaluation, checkpoints } = content;
  return `${frontMatter(content)}
# Review classifier (${card.source})

Tells which of ${card.labels.length} classes a review belongs to. Trained with Otzyv ${card.otzyvVersion} on ${card.trainedOn.rows} texts${card.trainedOn.refitted ? ' (after measuring, once more on all rows)' : ''}.

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
}
## Results

On ${evaluation.rows} validation texts, ${card.kind === 'bert' ? 'by which the checkpoint was chosen' : 'held out'}. The baseline always answers the most frequent class.

${metricsTable(evaluation, SHOWN_METRICS, 'model')}

## Labels

${classesTable(evaluation, {
  'rows trained on': card.classCounts,
  'frequent words': card.labels.map((label) => frequentWords(content, label)),
})}

## Data

${data(content)}

## Limits

${limits(content)
  .map((limit) => `- ${limit}`)
  .join('\n')}

## Training

${markdownTable(['setting', 'value'], settings(options))}
${checkpointTable(checkpoints, options.metric)}`;
}

function frontMatter({ card, evaluation, profile }: CardContent): string {
  const isHubModel = card.kind === 'bert' && card.source !== 'micro' && !existsSync(card.source);
  const metric = (type: string, name: string, key: string) => `    - type: ${type}
      name: ${name}
      value: ${score(card.metrics[key])}`;
  return `---
${profile.language === undefined ? '' : `language:\n- ${profile.language}\n`}library_name: ${card.kind === 'bert' ? 'transformers' : 'otzyv'}
pipeline_tag: text-classification
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
      name: Text Classification
    dataset:
      name: ${JSON.stringify(`${evaluation.rows} held-out rows of ${basename(card.trainedOn.file)}`)}
      type: csv
    metrics:
${[metric('f1', 'weighted F1', 'f1_weighted'), metric('f1', 'macro F1', 'f1_macro'), metric('accuracy', 'accuracy', 'accuracy')].join('\n')}
---
`;
}

/** Words and not reviews: a card is for everyone, the data may not be. */
function frequentWords({ profile: { train } }: CardContent, label: string): string {
  const words = train.topTokensByClass[label] ?? [];
  return words
    .slice(0, 5)
    .map(({ token }) => cell(token))
    .join(', ');
}

function data({ card, profile: { train, leakage } }: CardContent): string {
  const largest = train.classes[0];
  const { words, duplicates } = train;
  return `\`${basename(card.trainedOn.file)}\` (sha256 \`${card.trainedOn.sha256}\`).

${markdownTable(
  ['data', ''],
  [
    ['rows to learn from', train.rows],
    ['rows measured on', leakage.rows],
    ['classes', train.classes.length],
    ['largest class', `${cell(largest?.label ?? '')}, ${percent(largest?.share ?? 0)}`],
    ['words in a text', `half up to ${words.median}, 95 % up to ${words.p95}, at most ${words.max}`],
    [
      'rows that repeat a text',
      `${duplicates.surplusRows} (${percent(duplicates.surplusRows / Math.max(1, train.rows))})`,
    ],
    ['texts under several labels', train.conflicts.texts],
  ],
)}`;
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
  const rowWeights: [string, string][] =
    options.weightColumn === undefined ? [] : [['row weights', `column "${options.weightColumn}"`]];
  const common: [string, string | number][] = [
    ['class weights', options.classWeights],
    ...rowWeights,
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
    ...(options.subwordDropout > 0 ? [['subword dropout', options.subwordDropout] as [string, number]] : []),
    ...common,
  ];
}

/** The saved one in bold; nothing for a model that is not trained by steps. */
function checkpointTable(checkpoints: readonly CheckpointRow[], metric: string): string {
  if (checkpoints.length === 0) return '';
  const rows = checkpoints.map(({ step, epoch, metrics, isSaved }) =>
    [epoch.toFixed(2), String(step), score(metrics[metric]), score(metrics['accuracy'])].map((value) =>
      isSaved ? `**${value}**` : value,
    ),
  );
  return `\n${markdownTable(['epoch', 'step', metric, 'accuracy'], rows)}\n`;
}
