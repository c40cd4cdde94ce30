/** Comparing models, through the real binary: what people and cron jobs see. */
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, LABELLED, otzyv, rowsOf, TRAIN } from './testing/otzyv.ts';

beforeAll(async () => {
  const train = (output: string, ...more: string[]) =>
    otzyv('train', '--model', 'linear', '--train', TRAIN, '--output', output, ...more);
  await train('sound');
  await train('plain', '--class-weights', 'none');
  await train('elsewhere', '--seed', '7');
  // a model that was taught wrongly, measured on the same rows
  const labels = [...new Set(rowsOf(TRAIN).map(({ label }) => label as string))];
  const wrong = rowsOf(TRAIN).map(
    ({ text, label }) =>
      `"${text?.replaceAll('"', '""')}",${labels[(labels.indexOf(label as string) + 1) % labels.length]}`,
  );
  await writeFile(at('wrong.csv'), ['text,label', ...wrong].join('\n'));
  await otzyv('train', '--model', 'linear', '--train', 'wrong.csv', '--output', 'wrong');
});

describe('compare', () => {
  test('two losses on the same rows: a verdict in words, intervals, McNemar; luck passes the gate', async () => {
    const { code, stdout } = await otzyv('compare', 'sound', 'plain', '--gate');
    expect(stdout).toMatch(/(The difference could be luck|beyond chance): f1_weighted [+−]/);
    expect(stdout).toMatch(/f1_weighted +0\.\d{3} +0\.\d{3} +[+−]?0\.\d{3} \[/);
    expect(stdout).toMatch(/McNemar p [=<] 0\.\d{3}/);
    expect(code).toBe(stdout.includes('worse beyond') ? 1 : 0);
  });

  test('a new model that is really worse fails the gate, on labelled rows of now; the other way round it passes', async () => {
    const worse = await otzyv('compare', 'sound', 'wrong', '--input', LABELLED, '--gate', '--json');
    expect(worse.code).toBe(1);
    const { verdict, metrics, rows } = JSON.parse(worse.stdout);
    expect(verdict).toBe('worse');
    expect(rows).toBe(rowsOf(LABELLED).length);
    expect(metrics.f1_weighted.interval.high).toBeLessThan(0);
    const better = await otzyv('compare', 'wrong', 'sound', '--input', LABELLED, '--gate');
    expect(better.code).toBe(0);
    expect(better.stdout).toContain('The second is better beyond chance: f1_weighted +');
    // without the gate a comparison is only told, and a tolerance may be as wide as one likes
    const told = await otzyv('compare', 'sound', 'wrong', '--input', LABELLED);
    expect(told.code).toBe(0);
    expect(told.stdout).toContain('The second is worse beyond chance: f1_weighted −');
    const tolerant = await otzyv(
      'compare',
      'sound',
      'wrong',
      '--input',
      LABELLED,
      '--gate',
      '--tolerance',
      '1',
    );
    expect(tolerant.code).toBe(0);
    expect(tolerant.stdout).toContain('but not surely by more than 1');
  });

  test('predictions files are taken, too', async () => {
    const { stdout } = await otzyv('compare', 'sound/validation_pred.csv', 'plain', '--json');
    const { mcnemar } = JSON.parse(stdout);
    expect(JSON.parse((await otzyv('compare', 'sound', 'plain', '--json')).stdout).mcnemar).toEqual(mcnemar);
  });

  test.each([
    [['sound', 'elsewhere'], 'were measured on different rows', '--input'],
    [['sound', 'nowhere'], 'no answers of nowhere are at hand', '--input'],
    [['sound', 'plain', '--input', TRAIN], 'is what sound was trained on', 'labelled file'],
    [['sound', 'plain', '--metric', 'f2'], 'there is no metric "f2"', 'f1_macro'],
    [['sound'], 'the second model is missing', '--help'],
  ])('%s is refused with what to do', async (args, message, hint) => {
    const { code, stdout, stderr } = await otzyv('compare', ...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
