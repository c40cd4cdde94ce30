/** What confidences are worth: errors before and after, the reliability diagram, and what caution would cost. */
import type { Reliability } from '@otzyv/core';
import type { CalibrationResult, Decision, FileEvaluation } from '@otzyv/trainer';
import { count, percent, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth } from './width.ts';

export function describeCalibration(result: CalibrationResult): string {
  const { decision, folder, before, after } = result;
  const { measured } = decision;
  return [
    `${errorsTable(decision)}\n\neach text is measured with what was learned on the others`,
    `reliability: of answers this sure, how many are right (│ is where they should end)\n\n${diagram(before, after)}`,
    `answering only from a confidence on\n\n${rejectionTable(decision)}`,
    ...thresholdsNote(result),
    [
      `temperature         ${decision.temperature.toFixed(3)}${decision.temperature === 1 ? ': none is better' : ''}`,
      `least confidence    ${leastConfidence(decision)}`,
      `measured on         ${count(measured.rows)} texts of ${measured.file}`,
      `stored in           ${folder}/otzyv.json`,
    ].join('\n'),
  ].join('\n\n');
}

/** One line about a run that has just been measured. */
export function calibrationLine({ temperature, measured: { before, after } }: Decision): string {
  return temperature === 1
    ? `confidences are kept as they are: calibration error ${score(before.ece)}`
    : `confidences calibrated, temperature ${temperature.toFixed(2)}: calibration error ${score(before.ece)} → ${score(after.ece)}`;
}

/** What stands below an evaluation's tables. */
export function describeConfidence({ calibration, answered }: FileEvaluation): string {
  const lines = [`calibration error ${score(calibration.ece)}, Brier score ${score(calibration.brier)}`];
  if (answered !== undefined) {
    lines.push(
      `answering from a confidence of ${score(answered.minConfidence)} on: ${count(answered.rows)} texts (${percent(answered.coverage)}), ` +
        `${percent(answered.precision)} of them right; the tables above count every text`,
    );
  }
  return lines.join('\n');
}

function errorsTable({ measured: { before, after } }: Decision): string {
  const row = (name: string, key: keyof typeof before) => [name, score(before[key]), score(after[key])];
  return table(
    ['', 'as trained', 'calibrated'],
    [
      row('calibration error (ECE)', 'ece'),
      row('its largest bin (MCE)', 'mce'),
      row('log loss', 'logLoss'),
      row('Brier score', 'brier'),
    ],
  );
}

const [SHORTEST, LONGEST] = [8, 20];
/** What else stands in a line of the diagram. */
const BESIDE_BARS = 30;

function diagram(before: Reliability, after: Reliability): string {
  const room = Math.floor((terminalWidth() - BESIDE_BARS) / 2);
  const length = Math.min(LONGEST, Math.max(SHORTEST, room));
  const rows = before.bins.flatMap((bin, i) => {
    const other = after.bins[i];
    if (other === undefined || bin.count + other.count === 0) return [];
    return [
      [
        `${bin.low.toFixed(2)}–${bin.high.toFixed(2)}`,
        bar(bin, length),
        count(bin.count),
        bar(other, length),
        count(other.count),
      ],
    ];
  });
  return table(['confidence', 'as trained', 'texts', 'calibrated', 'texts'], rows);
}

function bar({ count: rows, accuracy, confidence }: Reliability['bins'][number], length: number): string {
  if (rows === 0) return '';
  const filled = Math.round(accuracy * length);
  const mark = Math.min(length - 1, Math.round(confidence * length));
  return Array.from({ length }, (_, at) => (at === mark ? '│' : at < filled ? '█' : '·')).join('');
}

function rejectionTable({ measured: { rejection } }: Decision): string {
  const shown = rejection.filter((_, i) => i === 0 || (i + 1) % 2 === 0 || i === rejection.length - 1);
  return table(
    ['confidence', 'answered', 'right', 'surely right'],
    shown.map(({ minConfidence, coverage, precision, precisionLow }) => [
      score(minConfidence),
      percent(coverage),
      percent(precision),
      percent(precisionLow),
    ]),
  );
}

function thresholdsNote({ decision, labels }: CalibrationResult): string[] {
  const tried = decision.measured.classThresholds?.f1Weighted;
  if (tried === undefined) return [];
  const change = `weighted F1 ${score(tried.without)} → ${score(tried.with)} on texts they were not learned from`;
  const factors = decision.classThresholds;
  if (factors === undefined) return [`class thresholds: not kept, ${change}`];
  const rows = labels.map((label, id) => [label, (factors[id] as number).toFixed(2)]);
  return [`class thresholds: ${change}\n\n${table(['class', 'factor'], rows)}`];
}

function leastConfidence({ minConfidence, measured: { targetPrecision, rejection } }: Decision): string {
  if (minConfidence === undefined) return 'none: every text is answered';
  const point = rejection.find((one) => one.minConfidence === minConfidence);
  if (targetPrecision === undefined || point === undefined) return minConfidence.toFixed(3);
  return (
    `${minConfidence.toFixed(3)}: answers ${percent(point.coverage)} of the texts, ${percent(point.precision)} of them right, ` +
    `and surely ${percent(point.precisionLow)}`
  );
}
