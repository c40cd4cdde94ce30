/** Journeys through the real binary, on the reviews that come with the repository. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanText } from '@otzyv/core';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/otzyv.js', import.meta.url));
const REVIEWS = fileURLToPath(new URL('../../../test-fixtures/reviews/', import.meta.url));
const [TRAIN, TEST, LABELLED] = ['train.csv', 'test.csv', 'test-labelled.csv'].map((name) =>
  join(REVIEWS, name),
) as [string, string, string];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(...args: string[]): { process: ChildProcess; ended: Promise<Ended>; heard: () => string } {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, ended, heard: () => stderr };
}

const otzyv = (...args: string[]) => start(...args).ended;
const at = (...parts: string[]) => join(folder, ...parts);
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const rowsOf = (path: string) => parse(readFileSync(path), { columns: true }) as Record<string, string>[];

/** Reviews that have words left after cleaning. */
const LEARNABLE = rowsOf(TRAIN).filter((row) => cleanText(row['text'] ?? '') !== '').length;

function hasStepped(run: string): boolean {
  const log = at(run, 'events.jsonl');
  return existsSync(log) && readFileSync(log, 'utf8').includes('"type":"step"');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('help', () => {
  test('shows the commands, the models and the exit codes', async () => {
    const { code, stdout } = await otzyv('--help');
    expect(code).toBe(0);
    for (const word of ['run', 'inspect', 'train', 'evaluate', 'predict', 'export', 'micro', 'Exit codes']) {
      expect(stdout).toContain(word);
    }
  });

  test.each(['run', 'inspect', 'train', 'evaluate', 'predict', 'export'])(
    '%s has examples and tells its exit codes',
    async (command) => {
      const { code, stdout } = await otzyv(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples?:\n {2}\$ otzyv/);
      expect(stdout).toContain('Exit codes: 0 done, 1 failed, 2 usage or bad data, 130 interrupted');
    },
  );

  test('is shown to one who types nothing, as a mistake', async () => {
    expect(await otzyv()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Commands:'),
    });
  });
});

test('inspect shows the classes and what is wrong, or all of it as JSON', async () => {
  const { code, stdout } = await otzyv('inspect', TRAIN, '--against', TEST);
  expect(code).toBe(0);
  expect(stdout).toContain('украшения и аксессуары');
  expect(stdout).toMatch(/Always answering "электроника" would be right in 1\d\.\d %/);
  expect(stdout).toMatch(/No text of .*test\.csv stands in/);
  const { profile } = JSON.parse((await otzyv('inspect', LABELLED, '--json')).stdout);
  expect(profile).toMatchObject({ rows: rowsOf(LABELLED).length, duplicates: { texts: 0 } });
});

describe('run: the whole job', () => {
  test('trains, measures, predicts the test file in its order, and says what to do next', async () => {
    const { code, stdout, stderr } = await otzyv('run', '--train', TRAIN, '--test', TEST, '--output', 'job');
    expect(stderr).toContain('9 classes');
    expect(code).toBe(0);
    expect(stdout).toContain('always the largest class');
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
    const { metrics, baseline, rows } = JSON.parse(stdout);
    expect(rows).toBe(rowsOf(LABELLED).length);
    expect(metrics.f1_weighted).toBeGreaterThan(baseline.f1_weighted + 0.25);
  });

  const twoLosses = (...more: string[]) => [
    ...['run', '--train', TRAIN, '--test', TEST, '--model', 'micro', '--epochs', '1', '--output', 'losses'],
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

  test('a dry run of several is one JSON document', async () => {
    const { code, stdout } = await otzyv(...twoLosses('--dry-run', '--json', '--output', 'dry-losses'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual([
      'weighted-cross-entropy',
      'focal',
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

describe('train', () => {
  const micro = (output: string, ...more: string[]) => [
    ...['train', '--train', TRAIN, '--model', 'micro', '--epochs', '2', '--output', output],
    ...more,
  ];

  test('Ctrl-C saves and prints how to resume; resumed, the run ends as an unbroken one does', async () => {
    const { process: child, ended, heard } = start(...micro('broken'));
    await until(() => hasStepped('broken'));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(heard()).toContain('press Ctrl-C again');
    expect(code).toBe(130);
    expect(await otzyv('train', '--resume', 'broken', '--lr', '1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--lr has no place here'),
    });
    expect(stderr).toContain('npx otzyv train --resume broken');
    expect(existsSync(at('broken/best'))).toBe(false);

    expect((await otzyv('train', '--resume', 'broken')).code).toBe(0);
    expect((await otzyv(...micro('unbroken'))).code).toBe(0);
    for (const file of ['best/model.safetensors', 'validation_pred.csv']) {
      expect(readFileSync(at('broken', file)).equals(readFileSync(at('unbroken', file))), file).toBe(true);
    }
    const log = (run: string) => json(at(run, 'trainer_state.json')).log_history;
    expect(log('broken')).toEqual(log('unbroken'));
  });

  test('a second Ctrl-C stops at once', async () => {
    const { process: child, ended, heard } = start(...micro('stopped', '--epochs', '1000'));
    await until(() => hasStepped('stopped'));
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { code } = await ended;
    expect([130, 143]).toContain(code);
    expect(heard()).not.toContain('f1_weighted 0');
  });

  test('a reader of its progress that goes away does not end it', async () => {
    const { process: child, ended } = start(...micro('unheard', '--epochs', '1000'));
    child.stderr?.destroy();
    await until(() => hasStepped('unheard'));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(readdirSync(at('unheard/checkpoints'))).toHaveLength(1);
  });

  test('labels that are one class written twice are told of', async () => {
    const twice = readFileSync(TRAIN, 'utf8').replace(',обувь\n', ',Обувь\n');
    await writeFile(at('twice.csv'), twice.replace(',обувь\n', ',Обувь\n'));
    const { stderr } = await otzyv('train', '--train', 'twice.csv', '--output', 'twice');
    expect(stderr).toContain('differ only by case, spaces or ё count as 2 classes: Обувь, обувь');
  });

  test('names of TrainingArguments work, in snake_case too; a config file is overridden by flags', async () => {
    await writeFile(at('run.yaml'), `train_file: ${TRAIN}\nnum_train_epochs: 7\nseed: 5\n`);
    const { code } = await otzyv(
      'train',
      '--config',
      'run.yaml',
      '--seed',
      '6',
      '--output_dir',
      'configured',
    );
    expect(code).toBe(0);
    expect(json(at('configured/run.json')).options).toMatchObject({ epochs: 7, seed: 6, model: 'linear' });
  });

  test("a run's own run.json is a config file: fed back, it makes the same run", async () => {
    expect((await otzyv('train', '--config', 'configured/run.json', '--output', 'again')).code).toBe(0);
    const [first, second] = ['configured', 'again'].map((run) => json(at(run, 'run.json')));
    expect(second.options).toEqual({ ...first.options, output: 'again' });
    expect(readFileSync(at('again/best/model.safetensors'))).toEqual(
      readFileSync(at('configured/best/model.safetensors')),
    );
  });

  test.each([
    ['epochs: three', /run\.yaml: option "epochs" must be a number, not "three"/],
    ['dry_run: 1', /option "dry_run" must be true or false, not 1/],
    ['max_minutes: [1]', /option "max_minutes" must be a number/],
    ['text_column: {a: 1}', /option "text_column" must be a word/],
    ['epoch: 3', /unknown option "epoch"/],
    ['epochs: [3', /run\.yaml: /],
    ['cleaning: {preset: sturdy}', /--cleaning\.preset/],
  ])('a config file that says "%s" is refused', async (line, message) => {
    await writeFile(at('run.yaml'), `train: ${TRAIN}\noutput: never\n${line}\n`);
    const { code, stderr } = await otzyv('train', '--config', 'run.yaml');
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(at('never'))).toBe(false);
  });

  test('single rules of cleaning are switched in a config file', async () => {
    const cleaning = { preset: 'standard', rules: { emoji: false } };
    await writeFile(at('run.yaml'), JSON.stringify({ train: TRAIN, output: 'with-emoji', cleaning }));
    expect((await otzyv('train', '--config', 'run.yaml')).code).toBe(0);
    expect(json(at('with-emoji/best/otzyv.json')).cleaning).toEqual(cleaning);
  });

  test('a dry run estimates and writes nothing', async () => {
    const { code, stdout } = await otzyv(...micro('dry', '--dry-run', '--json'));
    expect(code).toBe(0);
    const { train, validation, classes, steps } = JSON.parse(stdout);
    expect(train + validation).toBe(LEARNABLE);
    expect(classes).toBe(9);
    expect(steps.total).toBe(2 * Math.ceil(train / 32));
    expect(existsSync(at('dry'))).toBe(false);
  });

  test('a time budget ends the run in good order', async () => {
    const { code, stdout } = await otzyv(
      ...micro('budget', '--epochs', '50', '--max-minutes', '0.02', '--json'),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).status).toBe('out-of-time');
    expect(existsSync(at('budget/best/onnx/model.onnx'))).toBe(true);
  });

  test('refit trains on all rows and keeps the number that was measured before', async () => {
    await otzyv('train', '--train', TRAIN, '--output', 'refitted', '--refit');
    const card = json(at('refitted/best/otzyv.json'));
    expect(card.trainedOn).toMatchObject({ rows: LEARNABLE, refitted: true });
    expect(card.metrics.f1_weighted).toBe(json(at('refitted/eval_results.json')).eval_f1_weighted);
    expect(card.metrics.f1_weighted).toBe(json(at('job/eval_results.json')).eval_f1_weighted);
  });
});

describe('predict', () => {
  test('keeps rows, columns and order, answers empty texts, and does not touch a label that is there', async () => {
    await writeFile(
      at('in.jsonl'),
      '{"id":7,"text":"Пылесос тянет хорошо но шумит","label":"?"}\n{"id":3,"text":"  ","label":""}\n',
    );
    const { code, stdout } = await otzyv(
      'predict',
      '--model',
      'job',
      '--input',
      'in.jsonl',
      '--output',
      'out.csv',
      '--all-scores',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 2, emptyTexts: 1, labelColumn: 'predicted_label' });
    const [kettle, empty] = rowsOf(at('out.csv')) as [Record<string, string>, Record<string, string>];
    expect(kettle).toMatchObject({
      id: '7',
      text: 'Пылесос тянет хорошо но шумит',
      label: '?',
      predicted_label: 'бытовая техника',
    });
    const { labels, classCounts } = json(at('job/best/otzyv.json'));
    const total = classCounts.reduce((sum: number, n: number) => sum + n, 0);
    expect(empty).toMatchObject({
      id: '3',
      predicted_label: labels[classCounts.indexOf(Math.max(...classCounts))],
      confidence: (Math.max(...classCounts) / total).toFixed(6),
    });
    const scores = Object.entries(kettle).filter(([name]) => name.startsWith('score_'));
    expect(scores).toHaveLength(9);
    expect(scores.reduce((sum, [, score]) => sum + Number(score), 0)).toBeCloseTo(1, 4);
  });

  test('export makes a folder that predicts the same', async () => {
    expect((await otzyv('export', '--model', 'losses/focal', '--output', 'exported')).code).toBe(0);
    expect(await readdir(at('exported'))).toEqual(
      expect.arrayContaining([
        'README.md',
        'config.json',
        'model.safetensors',
        'onnx',
        'otzyv.json',
        'tokenizer.json',
      ]),
    );
    await otzyv('predict', '--model', 'losses/focal', '--input', TEST, '--output', 'a.csv');
    await otzyv('predict', '--model', 'exported', '--input', TEST, '--output', 'b.csv');
    expect(readFileSync(at('a.csv')).equals(readFileSync(at('b.csv')))).toBe(true);
    expect((await otzyv('export', '--model', 'losses/focal', '--output', 'exported')).code).toBe(2);
  });
});

describe('a fault is three lines, an exit code, and no traces', () => {
  beforeAll(async () => {
    await writeFile(at('empty.csv'), '');
    await writeFile(at('columns.csv'), 'review,class\nа,б\n');
    await writeFile(at('unknown.csv'), 'text,label\nновое,неведомое\n');
    await writeFile(at('bad.csv'), 'text,label\nа,б\nв\n');
    await mkdir(at('taken'));
    await writeFile(at('taken/file.txt'), 'mine');
    await mkdir(at('broken-model'));
    await writeFile(at('broken-model/config.json'), '{"model_type": "gpt2"}');
  });

  const train = (...args: string[]) => ['train', '--output', 'never', ...args];
  test.each([
    ['a missing file', train('--train', 'missing.csv'), 'data.missing-file', /missing\.csv does not exist/],
    ['an empty file', train('--train', 'empty.csv'), 'data.empty-file', /empty\.csv has no rows/],
    ['a missing column', train('--train', 'columns.csv'), 'data.missing-column', /found: review, class/],
    ['a bad row', train('--train', 'bad.csv'), 'data.bad-row', /bad\.csv, line 3/],
    [
      'a class seen only in validation',
      train('--train', TRAIN, '--validation', 'unknown.csv'),
      'labels.unknown',
      /unknown\.csv: row 1: unknown label "неведомое"/,
    ],
    [
      'a metric that does not exist',
      train('--train', TRAIN, '--metric', 'f2'),
      'options.unknown-metric',
      /no metric "f2"/,
    ],
    [
      'a loss that does not exist',
      train('--train', TRAIN, '--loss', 'hinge'),
      'options.loss',
      /no loss "hinge"/,
    ],
    [
      'a number that makes no sense',
      train('--train', TRAIN, '--validation-fraction', '2'),
      'options.invalid',
      /--validation-fraction/,
    ],
    [
      'a limit below zero',
      ['predict', '--model', 'job', '--input', TEST, '--output', 'p.csv', '--max-latency', '-3'],
      'options.usage',
      /more than zero/,
    ],
    [
      'a claim that is none',
      train('--train', TRAIN, '--greater-is-better', 'maybe'),
      'options.usage',
      /true or false/,
    ],
    [
      'an output that is the input',
      ['predict', '--model', 'job', '--input', TEST, '--output', TEST],
      'options.same-file',
      /is the file that is to be read/,
    ],
    [
      'a kind of model where a trained one is asked for',
      ['predict', '--model', 'linear', '--input', TEST, '--output', 'p.csv'],
      'model.not-trained',
      /kind of model/,
    ],
    [
      'a label that the model does not know',
      ['evaluate', '--model', 'job', '--input', 'unknown.csv'],
      'labels.unknown',
      /unknown\.csv: row 1: unknown label/,
    ],
    ['a model that is none', train('--train', TRAIN, '--model', './nowhere'), 'hub.bad-id', /nowhere/],
    [
      'a model of another kind',
      train('--train', TRAIN, '--model', 'broken-model'),
      'model.unsupported',
      /"gpt2"/,
    ],
    ['an option that does not exist', train('--epoch', '3'), 'options.usage', /unknown option '--epoch'/],
    [
      'a folder with other files',
      ['train', '--train', TRAIN, '--output', 'taken', '--overwrite'],
      'run.exists',
      /taken/,
    ],
    [
      'a folder that is a file',
      ['train', '--train', TRAIN, '--output', 'empty.csv/never'],
      'data.not-a-file',
      /empty\.csv/,
    ],
    [
      'a run that is there',
      ['train', '--train', TRAIN, '--output', 'job'],
      'run.exists',
      /job holds a run already/,
    ],
    ['nothing to resume', ['train', '--resume', 'taken'], 'run.not-a-run', /taken holds no run/],
    [
      'no model to predict with',
      ['predict', '--model', 'taken', '--input', TEST, '--output', 'p.csv'],
      'model.not-a-model',
      /taken holds no model/,
    ],
    ['a config that is not there', train('--config', 'no.yaml'), 'options.config', /no\.yaml/],
  ])('%s', async (_, args, code, message) => {
    const { code: exit, stdout, stderr } = await otzyv(...args);
    expect(exit).toBe(2);
    expect(stdout).toBe('');
    const lines = stderr.trimEnd().split('\n').slice(-3);
    expect(lines[0]).toMatch(/^error /);
    expect(lines[0]).toMatch(message);
    expect(lines[1]).toMatch(/^ help \S/);
    expect(lines[2]).toBe(` code ${code}`);
    expect(existsSync(at('never'))).toBe(false);
    expect(existsSync(at('p.csv'))).toBe(false);
    expect(readFileSync(at('taken/file.txt'), 'utf8')).toBe('mine');
  });
});
