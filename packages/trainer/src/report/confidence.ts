/** Whether a model's confidence can be believed: how often it is right when it says 0.8. */
import {
  applyTemperature,
  type RejectionPoint,
  type Reliability,
  rejectionCurve,
  reliability,
} from '@otzyv/core';
import { decide } from '../inference/decision.ts';
import { type Decision, UNCERTAIN_LABEL } from '../model/decision-schema.ts';
import { fitDecision } from '../training/fit-decision.ts';
import type { LabelledPredictions } from '../training/predictions-file.ts';
import type { Drawing } from './chart.ts';
import { histogramChart, rejectionChart, reliabilityChart } from './confidence-charts.ts';
import type { Finding } from './findings.ts';
import { type Html, named, section } from './html.ts';
import { percent, score } from './numbers.ts';

/** Into which confidences are sorted; as many as `reliability` has. */
const BINS = 10;

export interface Confidence {
  /** as the model gave them */
  readonly before: Reliability;
  /** with the temperature; absent where there is none */
  readonly after: Reliability | undefined;
  readonly temperature: number;
  /** of the answers, as users get them [rows] */
  readonly confidences: readonly number[];
  /** right and wrong answers by confidence as it is given to users, in ten steps */
  readonly right: readonly number[];
  readonly wrong: readonly number[];
  /** what could be answered, and how precisely, from the highest confidence on */
  readonly rejection: readonly RejectionPoint[];
  /** What answering from the model's least confidence on does; absent where it has none. */
  readonly chosen: Omit<RejectionPoint, 'precisionLow'> | undefined;
}

/**
 * @param predictions with the model's own scores
 * @param stored      what the model's folder says of its answers; absent: what would be learned from these
 */
export function confidenceOf(predictions: LabelledPredictions, stored: Decision | undefined): Confidence {
  const { labels, labelIds, probabilities } = predictions;
  const fitted = fitDecision(predictions, '');
  const { temperature, ...rule } = stored ?? fitted.decision;
  const given = applyTemperature(probabilities, labels.length, temperature);
  const answers = decide(given, labels, rule);
  const [right, wrong] = [new Array<number>(BINS).fill(0), new Array<number>(BINS).fill(0)];
  answers.forEach(({ labelId, confidence }, row) => {
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1)); // as reliability has them
    const counts = labelId === labelIds[row] ? right : wrong;
    counts[bin] = (counts[bin] as number) + 1;
  });
  const confidences = answers.map(({ confidence }) => confidence);
  // learned on these very reviews it is measured cross-fitted, learned elsewhere as it is
  const after =
    temperature === fitted.decision.temperature ? fitted.after : reliability(labelIds, given, labels.length);
  return {
    ...{ before: fitted.before, after: temperature === 1 ? undefined : after },
    ...{ temperature, confidences, right, wrong },
    rejection: rejectionCurve(
      labelIds,
      answers.map(({ labelId }) => labelId),
      confidences,
    ),
    chosen: chosenPoint(answers, labelIds, rule.minConfidence),
  };
}

function chosenPoint(
  answers: ReturnType<typeof decide>,
  labelIds: readonly number[],
  minConfidence: number | undefined,
): Confidence['chosen'] {
  if (minConfidence === undefined) return undefined;
  const answered = answers.flatMap(({ isUncertain, labelId }, row) =>
    isUncertain ? [] : [labelId === labelIds[row]],
  );
  const precision = answered.filter(Boolean).length / Math.max(1, answered.length);
  return { minConfidence, coverage: answered.length / Math.max(1, answers.length), precision };
}

export function confidenceFinding({ before, after, temperature }: Confidence): Finding {
  const { ece, bins } = after ?? before;
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const mean = (of: 'confidence' | 'accuracy') =>
    bins.reduce((sum, bin) => sum + bin.count * bin[of], 0) / Math.max(1, total);
  const [said, was] = [mean('confidence'), mean('accuracy')];
  const verdict =
    ece < 0.05
      ? 'it can be taken at its word'
      : said > was
        ? 'it is surer than it should be'
        : 'it is less sure than it could be';
  const mended =
    after === undefined
      ? ''
      : `; the temperature ${temperature.toFixed(2)} brought the calibration error from ${score(before.ece)} to ${score(ece)}`;
  return {
    name: 'Confidence',
    said: `On average it says ${percent(said)} and is right in ${percent(was)}: ${verdict}${mended}.`,
  };
}

export function confidenceSection(draw: Drawing, confidence: Confidence): Html {
  const { chosen } = confidence;
  const rule =
    chosen === undefined
      ? ''
      : ` Below a confidence of ${chosen.minConfidence.toFixed(2)} it answers ${named(UNCERTAIN_LABEL)}: ${percent(chosen.coverage)} of these reviews are answered, ${percent(chosen.precision)} of those rightly.`;
  return section(
    'confidence',
    'Can its confidence be believed?',
    `${confidenceFinding(confidence).said}${rule}`,
    draw(reliabilityChart(confidence), histogramChart(confidence), rejectionChart(confidence)),
  );
}
