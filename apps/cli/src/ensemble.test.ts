/** Two runs that answer as one, through the real binary. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, json, LABELLED, otzyv, rowsOf, TEST, TRAIN } from './testing/otzyv.ts';

beforeAll(async () => {
  await otzyv('train', '--train', TRAIN, '--output', 'linear');
  await otzyv('train', '--train', TRAIN, '--class-weights', 'none', '--output', 'plain');
  const renamed = readFileSync(LABELLED, 'utf8').replaceAll(',электроника', ',жильё');
  writeFileSync(at('renamed.csv'), renamed);
  await otzyv('train', '--train', 'renamed.csv', '--output', 'renamed');
});

describe('ensemble', () => {
  test('is made of two runs, shown beside them, and used like a run', async () => {
    const { code, stdout, stderr } = await otzyv('ensemble', 'linear', 'plain', '--output', 'both');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/model +weight +f1_weighted/);
    for (const name of ['linear', 'plain', 'all together', 'always the largest class'])
      expect(stdout).toMatch(new RegExp(`^${name} .*\\d\\.\\d{3}`, 'm'));
    expect(stdout).toContain('measured on 152 rows that all runs held out');
    expect(stdout).toContain('npx otzyv predict --model both');
    expect(stdout).toContain('report  both/report.html');

    await otzyv('predict', '--model', 'both', '--input', TEST, '--output', 'both.csv');
    expect(rowsOf(at('both.csv'))).toHaveLength(rowsOf(TEST).length);
    const measured = await otzyv('evaluate', '--model', 'both', '--input', LABELLED, '--json');
    const { metrics, baseline } = JSON.parse(measured.stdout);
    expect(metrics.f1_weighted).toBeGreaterThan(baseline.f1_weighted + 0.25);
    await otzyv('export', '--model', 'both', '--output', 'exported');
    await otzyv('predict', '--model', 'exported', '--input', TEST, '--output', 'exported.csv');
    expect(readFileSync(at('exported.csv')).equals(readFileSync(at('both.csv')))).toBe(true);
  });

  test('takes weights in place of learning them, and tells all as JSON', async () => {
    const args = ['ensemble', 'linear', 'plain', '--weights', '0.3,0.7', '--output', 'given', '--json'];
    const { stdout } = await otzyv(...args);
    const { members, measurement, modelFolder } = JSON.parse(stdout);
    expect(members).toMatchObject([
      { model: 'linear', weight: 0.3 },
      { model: 'plain', weight: 0.7 },
    ]);
    expect(measurement.together.metrics).toEqual(json(at(modelFolder, 'otzyv.json')).metrics);
    expect((await otzyv(...args)).code).toBe(2);
    expect((await otzyv(...args, '--overwrite')).code).toBe(0);
  });

  test.each([
    ['weights that are none', ['linear', 'plain', '--weights', '0.3,-1'], /--weights.*below zero/],
    ['one model', ['linear'], /two models or more/],
    [
      'runs of other labels',
      ['linear', 'renamed'],
      /only renamed knows "жильё"; only linear knows "электроника"/,
    ],
  ])('is refused with 2 for %s', async (_, args, message) => {
    const { code, stderr } = await otzyv('ensemble', ...args, '--output', 'refused');
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

test('report makes the page again, where there is something to report', async () => {
  await otzyv('ensemble', 'linear', 'plain', '--output', 'told');
  const first = readFileSync(at('told/report.html'), 'utf8');
  const { code, stdout } = await otzyv('report', 'told', '--output', 'elsewhere.html', '--json');
  expect([code, JSON.parse(stdout)]).toEqual([0, { report: 'elsewhere.html' }]);
  expect(readFileSync(at('elsewhere.html'), 'utf8') === first).toBe(true);
  expect(await otzyv('report', 'linear')).toMatchObject({ code: 0, stdout: 'report  linear/report.html\n' });
  const refused = await otzyv('report', 'linear/best');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('linear/best holds no run');
});

test('training cannot begin from an ensemble, and says so', async () => {
  await otzyv('ensemble', 'linear', 'plain', '--output', 'begun');
  const { code, stderr } = await otzyv(
    'train',
    '--train',
    TRAIN,
    '--model',
    'begun',
    '--output',
    'from-both',
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/otzyv-ensemble/);
});
