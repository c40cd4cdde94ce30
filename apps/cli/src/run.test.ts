/** The whole job, through the real binary, on the reviews that come with the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { at, hasStepped, json, LABELLED, otzyv, rowsOf, start, TEST, TRAIN, until } from './testing/otzyv.ts';

describe('run: the whole job', () => {
  test('trains, measures, predicts the test file in its order, and says what to do next', async () => {
    const { code, stdout, stderr } = await otzyv('run', '--train', TRAIN, '--test', TEST, '--output', 'job');
    expect(stderr).toContain('9 classes');
    expect(code).toBe(0);
    expect(stdout).toContain('always the largest class');
    expect(stdout).toMatch(/f1_weighted +0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]/);
    expect(stdout).toMatch(new RegExp(`${rowsOf(TEST).length} texts in .* each on average`));
    expect(stdout).toMatch(/p50 .*, p95 .*, p99/);
    expect(stdout).toContain('the mean is under the limit of 5 s');
    expect(stdout).toContain('npx otzyv predict --model job/best');
    const predicted = rowsOf(at('job/test_pred.csv'));
    expect(predicted.map((row) => row['text'])).toEqual(rowsOf(TEST).map((row) => row['text']));
    expect(Object.keys(predicted[0]!)).toEqual(['text', 'label', 'confidence']);
    expect(await readdir(at('job'))).toEqual(
      expect.arrayContaining([
        'best',
        'eval_results.json',
        'events.jsonl',
        'report.html',
        'run.json',
        'validation_pred.csv',
      ]),
    );
  });

  test('learns: it beats the majority class by far on reviews it has not seen', async () => {
    const { stdout } = await otzyv('evaluate', '--model', 'job', '--input', LABELLED, '--json');
    const { metrics, intervals, baseline, rows } = JSON.parse(stdout);
    expect(rows).toBe(rowsOf(LABELLED).length);
    expect(metrics.f1_weighted).toBeGreaterThan(baseline.f1_weighted + 0.25);
    expect(intervals.metrics.f1_weighted.low).toBeGreaterThan(baseline.f1_weighted);
    expect(intervals.metrics.f1_weighted.high).toBeGreaterThan(metrics.f1_weighted);
  });

  const twoLosses = (...more: string[]) => [
    ...[
      'run',
      '--train',
      LABELLED,
      '--test',
      TEST,
      '--model',
      'micro',
      '--epochs',
      '1',
      '--output',
      'losses',
    ],
    ...['--loss', 'weighted-cross-entropy,focal', ...more],
  ];

  test('Ctrl-C saves and prints the command that goes on; the losses are trained, each once, and compared', async () => {
    const { process: child, ended } = start(...twoLosses());
    await until(() => hasStepped('losses/weighted-cross-entropy'));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`npx otzyv ${twoLosses('--resume').join(' ')}`);

    const resumed = await otzyv(...twoLosses('--resume', '--json'));
    expect(resumed.code).toBe(0);
    const { trained, predictions } = JSON.parse(resumed.stdout);
    const names = trained.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(['focal', 'weighted-cross-entropy']);
    expect(resumed.stderr).toMatch(/resumed at step \d+/);
    expect(json(at('losses/focal/run.json')).options.loss).toEqual({ kind: 'focal', gamma: 2 });
    expect(existsSync(at('losses/weighted-cross-entropy/best/onnx/model.onnx'))).toBe(true);
    expect(rowsOf(at(predictions))).toHaveLength(rowsOf(TEST).length);
  });

  test('resumed when all is done, it answers with what was measured, and trains nothing', async () => {
    const before = readFileSync(at('losses/focal/events.jsonl'), 'utf8');
    const { code, stdout } = await otzyv(...twoLosses('--resume', '--json'));
    expect(code).toBe(0);
    const focal = JSON.parse(stdout).trained.find(({ name }: { name: string }) => name === 'focal');
    const measured = json(at('losses/focal/eval_results.json'));
    expect(focal.evaluation.metrics.f1_weighted).toBe(measured.eval_f1_weighted);
    expect(focal.evaluation.report.weighted.f1).toBeCloseTo(measured.eval_f1_weighted, 12);
    expect(readFileSync(at('losses/focal/events.jsonl'), 'utf8')).toBe(before);
  });

  test('what is wrong with any of several is found before the first is trained', async () => {
    const run = (...more: string[]) =>
      otzyv('run', '--train', TRAIN, '--test', TEST, '--output', 'several', ...more);
    expect((await run('--model', 'linear,./nowhere')).stderr).toContain('hub.bad-id');
    expect((await run('--model', 'linear,linear')).stderr).toContain('linear is to be trained twice');
    expect((await run('--model', 'linear', '--loss', 'focal,hinge')).stderr).toContain('no loss "hinge"');
    expect(existsSync(at('several'))).toBe(false);
  });

  test('the linear model is tried once beside others with several losses', async () => {
    const { code, stdout } = await otzyv(
      ...['run', '--train', LABELLED, '--test', TEST, '--model', 'linear,micro', '--dry-run', '--json'],
      ...['--loss', 'weighted-cross-entropy,focal', '--output', 'mixed'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual([
      'linear',
      'micro weighted-cross-entropy',
      'micro focal',
    ]);
  });

  test('a dry run of several is one JSON document', async () => {
    const { code, stdout } = await otzyv(...twoLosses('--dry-run', '--json', '--output', 'dry-losses'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual([
      'weighted-cross-entropy',
      'focal',
    ]);
  });

  test('losses in a config file may come with their numbers', async () => {
    const loss = [{ kind: 'focal', gamma: 1 }, { kind: 'focal', gamma: 3 }, 'weighted-cross-entropy'];
    await writeFile(at('losses.yaml'), JSON.stringify({ train: LABELLED, test: TEST, model: 'micro', loss }));
    const { code, stdout } = await otzyv(
      'run',
      '--config',
      'losses.yaml',
      '--dry-run',
      '--json',
      '--output',
      'gammas',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual([
      'focal gamma 1',
      'focal gamma 3',
      'weighted-cross-entropy',
    ]);
  });

  test('flags that mean nothing to the linear model are told of', async () => {
    const { stderr } = await otzyv(
      'train',
      '--train',
      TRAIN,
      '--lr',
      '1',
      '--epochs',
      '3',
      '--output',
      'idle',
    );
    expect(stderr).toContain('the linear model has no use for --epochs, --lr');
  });

  test('resumed with other options, it is refused', async () => {
    const { code, stderr } = await otzyv(...twoLosses('--resume', '--lr', '1'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/was begun with learningRate 0\.0003, not 1/);
  });
});
