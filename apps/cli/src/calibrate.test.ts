/** Calibrating, and answering with «не уверен», through the real binary. */
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { applyTemperature } from '@otzyv/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, json, LABELLED, otzyv, rowsOf, TEST, TRAIN } from './testing/otzyv.ts';

beforeAll(async () => {
  await otzyv('train', '--train', TRAIN, '--output', 'job');
});

const decision = (model = 'job/best') => json(at(model, 'otzyv.json')).decision;
const predict = (output: string, ...flags: string[]) =>
  otzyv('predict', '--model', 'job', '--input', TEST, '--output', output, '--json', ...flags);

test('a run is calibrated on what it held out, and its own scores stay in its files', async () => {
  const { temperature, measured, minConfidence } = decision();
  expect(temperature).toBeGreaterThan(0);
  expect(measured.after.logLoss).toBeLessThanOrEqual(measured.before.logLoss);
  expect(minConfidence).toBeUndefined();
  const results = json(at('job/eval_results.json'));
  expect(results.decision).toEqual(decision());
  expect(results).toMatchObject({ eval_ece: measured.before.ece, eval_brier: measured.before.brier });
  expect(results.eval_log_loss).toBeCloseTo(measured.before.logLoss, 9);

  // answered anew, its texts get the scores of the run's file, calibrated
  const { labels } = json(at('job/best/otzyv.json')) as { labels: string[] };
  const measuredRows = rowsOf(at('job/validation_pred.csv')).slice(0, 20);
  writeFileSync(at('texts.jsonl'), measuredRows.map(({ text }) => JSON.stringify({ text })).join('\n'));
  await otzyv(
    ...['predict', '--model', 'job', '--input', 'texts.jsonl', '--output', 'again.jsonl', '--all-scores'],
  );
  const again = readFileSync(at('again.jsonl'), 'utf8').trimEnd().split('\n');
  for (const [i, row] of measuredRows.entries()) {
    const raw = Float32Array.from(labels, (label) => Number(row[`score_${label}`]));
    applyTemperature(raw, labels.length, temperature).forEach((score, id) => {
      expect(JSON.parse(again[i] as string)[`score_${labels[id]}`]).toBeCloseTo(score, 5);
    });
  }
});

describe('calibrate', () => {
  test('shows what it did, stores it, and predict and evaluate go by it', async () => {
    const { code, stdout, stderr } = await otzyv(
      ...['calibrate', '--model', 'job', '--target-precision', '0.65', '--class-thresholds'],
    );
    expect(code, stderr).toBe(0);
    for (const line of [
      /calibration error \(ECE\) +0\.\d{3} +0\.\d{3}/,
      /0\.53–0\.60 +[█·│]{20}/,
      /class thresholds: /,
      /least confidence +0\.\d{3}: answers/,
    ])
      expect(stdout).toMatch(line);
    const { minConfidence, measured } = decision();
    expect(measured).toMatchObject({ targetPrecision: 0.65, classThresholds: { f1Weighted: {} } });

    const predicted = JSON.parse((await predict('out.csv')).stdout);
    const rows = rowsOf(at('out.csv'));
    const unsure = rows.filter(({ label }) => label === 'не уверен');
    expect(predicted).toMatchObject({ minConfidence, uncertainTexts: unsure.length });
    expect(unsure.length).toBeGreaterThan(0);
    expect(unsure.length).toBeLessThan(rows.length);
    for (const { label, guess, confidence } of rows) {
      expect(label === guess).toBe(Number(confidence) >= minConfidence);
      expect(guess).not.toBe('не уверен');
    }

    const evaluated = await otzyv('evaluate', '--model', 'job', '--input', LABELLED, '--json');
    const { answered, calibration } = JSON.parse(evaluated.stdout);
    expect(answered.rows).toBe(rows.length - unsure.length);
    const truth = rowsOf(LABELLED);
    const right = rows.filter(({ label }, i) => label === truth[i]?.['label']);
    expect(answered.precision).toBeCloseTo(right.length / answered.rows, 9);
    expect(calibration.ece).toBeGreaterThan(0);
    expect((await otzyv('evaluate', '--model', 'job', '--input', LABELLED)).stdout).toMatch(
      /answering from a confidence of 0\.\d{3} on: \d+ texts/,
    );
  });

  test('what is stored is overridden by flags; 0 answers everything', async () => {
    const all = JSON.parse((await predict('all.jsonl', '--min-confidence', '0')).stdout);
    expect(all).toMatchObject({ uncertainTexts: 0, minConfidence: 0 });
    const none = JSON.parse((await predict('none.jsonl', '--min-confidence', '1')).stdout);
    expect(none.uncertainTexts).toBe(none.rows);
    const [row] = readFileSync(at('none.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(row as string)).toMatchObject({ label: 'не уверен', guess: expect.any(String) });
    const precise = JSON.parse((await predict('precise.csv', '--target-precision', '0.6')).stdout);
    expect(precise.minConfidence).toBeLessThanOrEqual(decision().minConfidence);
  });

  test('exported, the model takes it along; on another file it is learned anew', async () => {
    await otzyv('export', '--model', 'job', '--output', 'exported');
    expect(decision('exported')).toEqual(decision());
    const { code, stdout, stderr } = await otzyv(
      ...['calibrate', '--model', 'exported', '--validation-file', LABELLED, '--json'],
    );
    expect(code, stderr).toBe(0);
    const { decision: stored, previous } = JSON.parse(stdout);
    expect(previous).toEqual(decision());
    // one of the texts has nothing in it, and is not answered by the model
    expect(stored.measured).toMatchObject({ file: LABELLED, rows: rowsOf(LABELLED).length - 1 });
    expect(decision('exported')).toEqual(stored);
    // the same again: it is the model's own scores that are measured, not what was stored
    await otzyv('calibrate', '--model', 'exported', '--validation-file', LABELLED);
    expect(decision('exported')).toEqual(stored);
  });

  test('a model that learned from all rows keeps what was measured before it did', async () => {
    await otzyv('train', '--train', TRAIN, '--output', 'refitted', '--refit');
    await otzyv('calibrate', '--model', 'job');
    const { measured: _, ...fitted } = decision('refitted/best');
    const { measured: __, ...plain } = decision();
    expect(fitted).toEqual(plain);
  });

  test('what cannot be done is refused with 2, and nothing is changed', async () => {
    cpSync(at('job'), at('old'), { recursive: true });
    const lines = rowsOf(at('job/validation_pred.csv')).map(
      ({ row, text, label }) => `${row},"${text?.replaceAll('"', '""')}",${label},${label},0.5`,
    );
    writeFileSync(
      at('old/validation_pred.csv'),
      `row,text,label,predicted_label,confidence\n${lines.join('\n')}\n`,
    );
    copyFileSync(at('job/best/otzyv.json'), at('before.json'));
    const refusals: [flags: string[], message: RegExp][] = [
      [['--model', 'old'], /earlier version of Otzyv kept no scores[\s\S]*--validation-file/],
      [['--model', 'exported'], /--validation-file|no run with a validation_pred\.csv/],
      [['--model', 'job', '--target-precision', '0.999'], /no confidence surely gives a precision of 0\.999/],
    ];
    for (const [flags, message] of refusals) {
      const { code, stderr } = await otzyv('calibrate', ...flags);
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(message);
    }
    expect(readFileSync(at('job/best/otzyv.json'), 'utf8')).toBe(readFileSync(at('before.json'), 'utf8'));
  });

  test('a card whose factors are not those of its classes is told of', async () => {
    const card = json(at('old/best/otzyv.json'));
    card.decision.classThresholds = [1, 2];
    writeFileSync(at('old/best/otzyv.json'), JSON.stringify(card));
    const { code, stderr } = await otzyv('evaluate', '--model', 'old', '--input', LABELLED);
    expect(code).toBe(2);
    expect(stderr).toContain('2 factors for 9 labels');
  });
});
