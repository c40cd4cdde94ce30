/** What a model card warns of: what was not measured, what was cut, what is rare. */
import { FEW } from '../report/findings.ts';
import { percent, score } from '../report/numbers.ts';
import type { EvaluationResult } from './evaluate.ts';
import { cell } from './markdown.ts';
import type { CardContent } from './model-readme.ts';

/** What is true of every model. */
export const GENERAL_LIMITS: readonly string[] = [
  'Who gave the labels, by what rules and how alike two people would, is not known here; no model is better than its labels.',
  'A text of another class than these gets one of these all the same.',
];

/** Of what a measurement says nothing, or little. */
export function limitsOfMeasurement({ labels, report }: EvaluationResult): string[] {
  const rare = labels.filter((_, id) => (report.classes[id]?.support ?? 0) < FEW);
  return [
    'It was measured on texts of the same source as those it learned from. Of other shops, other times and other kinds of texts nothing is known.',
    ...(rare.length === 0
      ? []
      : [
          `Fewer than ${FEW} texts were there to measure ${rare.map(cell).join(', ')} on: these scores say little.`,
        ]),
  ];
}

/** @returns sentences, the general ones first */
export function limits({ card, evaluation, profile }: CardContent): string[] {
  const { truncatedShare } = evaluation;
  const { train, leakage } = profile;
  const leaked = leakage.exact + leakage.near;
  return [
    ...GENERAL_LIMITS,
    ...limitsOfMeasurement(evaluation),
    card.kind === 'bert' &&
      `Texts are cut at ${card.maxLength} tokens; ${percent(truncatedShare)} of the validation texts were.`,
    leaked > 0 &&
      `${leaked} of the ${leakage.rows} validation texts stand, exactly or nearly, among those it learned from.`,
    train.conflicts.texts > 0 && `${train.conflicts.texts} training texts stand under several labels.`,
    card.decision !== undefined &&
      `Confidence differs from the share of right answers by ${score(card.decision.measured.after.ece)} on average (expected calibration error, on texts that the temperature was not learned from).`,
  ].filter((limit) => typeof limit === 'string');
}
