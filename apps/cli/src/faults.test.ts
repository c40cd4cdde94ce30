/** What users do wrong, and what machines do to them: how it is told, and what is left. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { at, json, LABELLED, otzyv, TEST, TRAIN } from './testing/otzyv.ts';

const TINY = fileURLToPath(new URL('../../../test-fixtures/goldens/folder', import.meta.url));

const train = (...args: string[]) => ['train', '--output', 'never', ...args];

beforeAll(() => otzyv('train', '--train', TRAIN, '--output', 'job'));

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
      'a number of another loss',
      train('--train', TRAIN, '--model', 'micro', '--focal-gamma', '5'),
      'options.loss',
      /--focal-gamma is a number of focal/,
    ],
    [
      'smoothing of a loss that has none',
      train('--train', TRAIN, '--model', 'micro', '--loss', 'focal', '--label-smoothing', '0.1'),
      'options.loss',
      /--label-smoothing is a number of cross-entropy/,
    ],
    [
      'a number that makes no sense',
      train('--train', TRAIN, '--validation-fraction', '2'),
      'options.invalid',
      /--validation-fraction/,
    ],
    [
      'an engine that does not exist',
      train('--train', TRAIN, '--engine', 'torch'),
      'options.usage',
      /Allowed choices are auto, onnx, tfjs/,
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
      'a folder that cannot be made',
      ['train', '--train', TRAIN, '--output', '/proc/otzyv'],
      'system.not-writable',
      /\/proc\/otzyv: permission denied/,
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

/** Root alone may mount a small disk. */
describe.skipIf(process.getuid?.() !== 0 || !canMount())('a disk', () => {
  const disk = at('disk');
  beforeAll(() => mkdir(disk));
  afterEach(() => spawnSync('umount', [disk]));
  const mount = (options: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);

  test.each([
    ['train', ['train', '--train', LABELLED, '--model', 'micro', '--epochs', '1', '--output', 'disk/run']],
    ['predict', ['predict', '--model', 'job', '--input', TEST, '--output', 'disk/p.csv']],
    ['export', ['export', '--model', 'job', '--output', 'disk/model']],
  ])('that is full when %s writes is told of, and nothing half-written stays', async (_, args) => {
    mount('size=16k');
    const { code, stderr } = await otzyv(...args);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(' code system.disk-full');
    expect(readdirSync(disk)).toEqual([]);
  });

  test('that fills up in the middle of a run costs nothing: with space again, it ends as it would have', async () => {
    const run = (output: string) => [
      ...[
        'train',
        '--train',
        LABELLED,
        '--model',
        TINY,
        '--max-length',
        '32',
        '--epochs',
        '2',
        '--lr',
        '0.01',
      ],
      ...['--save-steps', '5', '--output', output],
    ];
    expect((await otzyv(...run('on-a-large-disk'))).code).toBe(0);
    mount('size=700k');
    const { code, stderr } = await otzyv(...run('disk/run'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/disk\/run\/.*: no space left on the device/);
    expect(stderr).toContain('what was saved can be gone on with:\n  npx otzyv train --resume disk/run');
    for (const name of readdirSync(at('disk/run/checkpoints'))) expect(name).toMatch(/^checkpoint-\d+$/);
    expect((await otzyv('train', '--resume', 'disk/run')).code).toBe(1);
    mount('remount,size=8m');
    const resumed = await otzyv('train', '--resume', 'disk/run');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toMatch(/resumed at step \d/);
    for (const file of [
      'best/model.safetensors',
      'best/onnx/model.onnx',
      'trainer_state.json',
      'validation_pred.csv',
    ]) {
      expect(readFileSync(at('disk/run', file)).equals(readFileSync(at('on-a-large-disk', file))), file).toBe(
        true,
      );
    }
  });

  test.each([
    ['train', ['train', '--train', LABELLED, '--output', 'disk/run']],
    ['predict', ['predict', '--model', 'job', '--input', TEST, '--output', 'disk/new/p.csv']],
    ['export', ['export', '--model', 'job', '--output', 'disk/model']],
  ])('that may only be read is told of by %s', async (_, args) => {
    mount('size=1m,ro');
    const { code, stderr } = await otzyv(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/disk\/.*: permission denied/);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(' code system.not-writable');
  });
});

function canMount(): boolean {
  const probe = spawnSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs -o size=16k tmpfs $d && umount $d']);
  return probe.status === 0;
}

describe('a model', () => {
  test('that was cut short on its way here is refused', async () => {
    await otzyv('train', '--train', LABELLED, '--model', 'micro', '--epochs', '1', '--output', 'micro');
    const file = at('micro/best/model.safetensors');
    await writeFile(file, readFileSync(file).subarray(0, 1_000_000));
    for (const args of [
      train('--train', LABELLED, '--model', 'micro/best'),
      ['predict', '--model', 'micro', '--input', TEST, '--output', 'p.csv'],
      ['export', '--model', 'micro', '--output', 'never'],
    ]) {
      const { code, stderr } = await otzyv(...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/micro\/best\/model\.safetensors tensor ".*" claims bytes/);
    }
    expect(existsSync(at('never'))).toBe(false);
    expect(existsSync(at('p.csv'))).toBe(false);
  });
});

test('a label with one example is trained on, and said to be never measured', async () => {
  await writeFile(at('single.csv'), `${readFileSync(LABELLED, 'utf8').trimEnd()}\nодин,одинокий\n`);
  const { code, stderr } = await otzyv('train', '--train', 'single.csv', '--output', 'single');
  expect(code).toBe(0);
  expect(stderr).toContain('only one row of "одинокий": it is trained on, and never measured');
  expect(json(at('single/best/otzyv.json')).labels).toContain('одинокий');
});
