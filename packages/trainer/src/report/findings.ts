/** What a reader should look at first, beside the number: each finding a name and a sentence. */
import type { EvaluationResult } from '../training/evaluate.ts';
import { confusions } from './confusions.ts';
import { type Html, named } from './html.ts';
import { count, counted, interval, percent, score } from './numbers.ts';

export interface Finding {
  readonly name: string;
  readonly said: Html;
}

/** A score of a class says little where it rests on fewer held-out reviews. */
export const FEW = 20;
const MOST_NAMED = 4;
const LEAST_CONFUSED = 3;

/** The weakest class, the most frequent confusion, what cannot be told. */
export function errorFindings(result: EvaluationResult): Finding[] {
  const { labels, report, truncatedShare } = result;
  const classes = report.classes
    .map((scores, id) => ({ ...scores, label: labels[id] as string, id }))
    .sort((a, b) => a.f1 - b.f1);
  const weakest = classes.find(({ support }) => support >= FEW);
  const few = classes.filter(({ support }) => support < FEW);
  const [worst] = confusions(result);
  const findings: Finding[] = [];
  if (weakest !== undefined) {
    const range = result.intervals?.classes[weakest.id]?.f1;
    const said = `F1 ${score(weakest.f1)}${range ? ` (${interval(range)})` : ''} on ${counted(weakest.support, 'review')}`;
    findings.push({ name: 'Weakest class', said: `${named(weakest.label)}: ${said}.` });
  }
  if (worst !== undefined && worst.count >= LEAST_CONFUSED) {
    const said = `answered as ${named(worst.answer)} ${counted(worst.count, 'time')}, ${percent(worst.share)} of that class`;
    findings.push({ name: 'Most confused', said: `${named(worst.truth)} is ${said}.` });
  }
  if (few.length > 0) {
    const said =
      few.length > MOST_NAMED
        ? `${count(few.length)} classes: fewer than ${FEW} held-out reviews each`
        : `${few.map(({ label, support }) => `${named(label)} with ${support}`).join(', ')} held-out reviews`;
    findings.push({ name: 'Too few to judge', said: `${said}.` });
  }
  if (truncatedShare >= 0.01) {
    const said = `${percent(truncatedShare)} of the reviews, at the length limit: the model has not read their ends.`;
    findings.push({ name: 'Cut off', said });
  }
  return findings;
}
