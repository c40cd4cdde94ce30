/**
 * `report.html`: one page that opens without a network. Made from what the run wrote, so it can be made again
 * at any time.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { writeFileAtomically } from '../files.ts';
import type { LoggedEvent } from '../training/events.ts';
import { readResults } from '../training/results.ts';
import { readRunFile } from '../training/run-folder.ts';
import { lineChart } from './line-chart.ts';
import { classSection, confusionSection, metricsSection } from './measurements.ts';
import { escapeHtml, page } from './page.ts';

/** How many of the most confident mistakes are shown. */
const HARDEST = 25;

/** Writes `report.html` into the folder of a run that was measured. */
export async function writeReport(run: string): Promise<void> {
  const { options } = await readRunFile(run);
  const results = await readResults(run);
  const events = await readEvents(run);
  const sections = [
    metricsSection(results),
    curves(events, options.metric),
    classSection(results),
    confusionSection(results),
    await hardestExamples(run),
    settings(options),
  ];
  const title = `${options.model} on ${options.trainFile}`;
  await writeFileAtomically(join(run, 'report.html'), page(title, sections.join('\n')));
}

async function readEvents(run: string): Promise<LoggedEvent[]> {
  const lines = (await readFile(join(run, 'events.jsonl'), 'utf8')).split('\n');
  return lines.flatMap((line) => {
    try {
      return JSON.parse(line) as LoggedEvent;
    } catch {
      return []; // a line that a killed process left half-written
    }
  });
}

/** Loss and metric over the steps; a linear model has too few points for a curve. */
function curves(events: readonly LoggedEvent[], metric: string): string {
  const losses = events.flatMap((event) => (event.type === 'step' ? [{ x: event.step, y: event.loss }] : []));
  const scores = events.flatMap((event) =>
    event.type === 'eval' ? [{ x: event.step, y: event.metrics[metric] ?? 0, isMarked: event.isBest }] : [],
  );
  if (losses.length < 2) return '';
  return `<section><h2>Training</h2><div class="charts">
${lineChart('training loss', losses)}
${scores.length > 1 ? lineChart(`validation ${metric}`, scores) : ''}
</div></section>`;
}

async function hardestExamples(run: string): Promise<string> {
  const rows = parse(await readFile(join(run, 'validation_pred.csv')), {
    columns: true,
    bom: true,
  }) as Record<string, string>[];
  const mistakes = rows
    .filter((row) => row['label'] !== row['predicted_label'])
    .sort((a, b) => Number(b['confidence']) - Number(a['confidence']))
    .slice(0, HARDEST);
  const lines = mistakes.map(
    (row) => `<tr><td class="number">${row['row']}</td><td class="free">${escapeHtml(row['text'] ?? '')}</td>
<td class="label">${escapeHtml(row['label'] ?? '')}</td><td class="label">${escapeHtml(row['predicted_label'] ?? '')}</td>
<td class="number">${Number(row['confidence']).toFixed(2)}</td></tr>`,
  );
  return `<section><h2>Most confident mistakes</h2>
<p>Here the model is sure and the label says otherwise: a hard text, or a wrong label.</p>
<table><thead><tr><th class="number">row</th><th>text</th><th>label</th><th>answer</th><th class="number">confidence</th></tr></thead>
<tbody>${lines.join('\n')}</tbody></table></section>`;
}

function settings(options: object): string {
  const rows = Object.entries(options).map(
    ([name, value]) =>
      `<tr><td>${escapeHtml(name)}</td><td><code class="free">${escapeHtml(JSON.stringify(value))}</code></td></tr>`,
  );
  return `<section><h2>Settings</h2><table><tbody>${rows.join('\n')}</tbody></table></section>`;
}
