/** The measured part of a report: headline figures, classes, confusions. */
import type { EvaluationResult } from '../training/evaluate.ts';
import { escapeHtml } from './page.ts';

const HEADLINES: readonly [name: string, title: string][] = [
  ['f1_weighted', 'weighted F1'],
  ['f1_macro', 'macro F1'],
  ['accuracy', 'accuracy'],
];

export function metricsSection({ metrics, baseline, rows, truncatedShare }: EvaluationResult): string {
  const cards = HEADLINES.map(
    ([name, title]) => `<div class="score">${title}<b>${format(metrics[name])}</b>
<small>${format(baseline[name])} for always the largest class</small></div>`,
  );
  return `<section><div class="scores">${cards.join('\n')}</div>
<p>On ${rows} validation texts, by which the checkpoint was chosen; ${(truncatedShare * 100).toFixed(1)} % of them were cut at the length limit.</p></section>`;
}

export function classSection({ labels, report }: EvaluationResult): string {
  const rows = labels.map((label, id) => {
    const row = report.classes[id];
    const numbers = [row?.precision, row?.recall, row?.f1].map(
      (value) => `<td class="number">${format(value)}</td>`,
    );
    return `<tr><td>${escapeHtml(label)}</td>${numbers.join('')}<td class="number">${row?.support}</td></tr>`;
  });
  return `<section><h2>Classes</h2><table><thead><tr><th>class</th><th class="number">precision</th><th class="number">recall</th><th class="number">F1</th><th class="number">texts</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></section>`;
}

/** Each row is shaded by share, so that small classes are seen as well as large ones. */
export function confusionSection({ labels, confusion }: EvaluationResult): string {
  const rows = confusion.map((row, id) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n) => {
      const share = total === 0 ? 0 : n / total;
      return `<td style="background: rgb(var(--cell) / ${share.toFixed(2)})">${n || '·'}</td>`;
    });
    return `<tr><th>${id + 1} ${escapeHtml(labels[id] ?? '')}</th>${cells.join('')}</tr>`;
  });
  const header = labels.map((label, id) => `<th title="${escapeHtml(label)}">${id + 1}</th>`).join('');
  return `<section><h2>Confusions</h2><p>Rows: what is true. Columns: what was answered.</p>
<div class="scroll"><table class="matrix"><thead><tr><th></th>${header}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div></section>`;
}

function format(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(3) : '–';
}
