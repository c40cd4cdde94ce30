import { describe, expect, it } from 'vitest';
import { labelProbabilities } from './label-probabilities.ts';

const LABELS = ['одежда', 'обувь', 'посуда'];

type Written = [said: string | Uint8Array, p: number, others?: Record<string, number>];

/** A token with its probability, and those of others in its place. */
const tokens = (...written: Written[]) =>
  written.map(([said, p, others = {}]) => ({
    bytes: typeof said === 'string' ? Buffer.from(said) : said,
    logprob: Math.log(p),
    alternatives: Object.entries(others).map(([token, q]) => ({
      bytes: Buffer.from(token),
      logprob: Math.log(q),
    })),
  }));
const near = (...probabilities: number[]) => probabilities.map((p) => expect.closeTo(p, 10));

describe('probabilities of the labels', () => {
  it('are those of the token that tells them apart', () => {
    const answer = tokens(
      ['{"label": "', 1],
      ['одежда', 0.5, { обувь: 0.25, посуда: 0.25 }],
      ['", "confidence": 1}', 1],
    );
    expect(labelProbabilities(answer, LABELS)).toEqual(near(0.5, 0.25, 0.25));
  });

  it('leave out what leads to no label, as if it had been forbidden', () => {
    const answer = tokens(
      ['{"label": "', 1],
      ['одежда', 0.3, { обувь: 0.1, шины: 0.5, ' ': 0.1 }],
      ['"}', 1],
    );
    expect(labelProbabilities(answer, LABELS)).toEqual(near(0.75, 0.25, 0));
  });

  it('are followed over tokens that labels share', () => {
    const answer = tokens(
      ['{"label": "', 1],
      ['о', 0.8, { по: 0.2 }],
      ['бувь', 0.25, { дежда: 0.75 }],
      ['"}', 1],
    );
    expect(labelProbabilities(answer, LABELS)).toEqual(near(0.6, 0.2, 0.2));
  });

  it('know half a letter', () => {
    const [first, second] = [Buffer.from('о').subarray(0, 1), Buffer.from('о').subarray(1)]; // d0 be
    const answer = tokens(
      ['{"label": "', 1],
      [first, 1],
      [second, 0.5, {}],
      ['де', 0.6, { бу: 0.4 }],
      ['жда"}', 1],
    );
    answer[2]!.alternatives.push({ bytes: Buffer.from('п').subarray(1), logprob: Math.log(0.5) });
    expect(labelProbabilities(answer, LABELS)).toEqual(near(0.3, 0.2, 0.5));
  });

  it('are found where a token holds the quotation mark, too, or more than the label', () => {
    const answer = tokens(
      ['{"label":', 1],
      [' "о', 0.9, { ' "по': 0.1, о: 0.9 }],
      ['дежда", "conf', 0.5, { бувь: 0.5 }],
    );
    expect(labelProbabilities(answer, LABELS)).toEqual(near(0.45, 0.45, 0.1));
  });

  it('are not known where the answer names no label, or the server told no tokens', () => {
    expect(labelProbabilities([], LABELS)).toBeUndefined();
    expect(labelProbabilities(tokens(['{"label": "', 1], ['шины"}', 1]), LABELS)).toBeUndefined();
    expect(labelProbabilities(tokens(['{"label": "', 1], ['о', 1]), LABELS)).toBeUndefined();
  });
});
