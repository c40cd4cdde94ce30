/** Rare classes, filled up from their own rows or by a language model, and trained on, and never measured on. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type FakeOpenAi,
  type FakeOpenAiOptions,
  isForReview,
  reviewFor,
  startFakeOpenAi,
  textOf,
} from '../../../packages/llm/src/testing/fake-openai.ts';
import { hasLlama, writeTinyModel } from '../../../packages/llm/src/testing/tiny-model.ts';
import { at, json, otzyv, rowsOf, start, TRAIN, until } from './testing/otzyv.ts';

const measured = (run: string) => rowsOf(at(run, 'validation_pred.csv')).map(({ text }) => text);

test('a file with more rows of its rare classes is trained on, and measured on the same reviews as before', async () => {
  const made = await otzyv('augment', '--train', TRAIN, '--output', 'more.csv');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const [before, after] = [rowsOf(TRAIN), rowsOf(at('more.csv'))];
  expect(after.slice(0, before.length)).toEqual(
    before.map((row) => ({ ...row, synthetic: '', synthetic_of: '' })),
  );
  const synthetic = after.slice(before.length);
  expect(made.stdout).toContain(`${before.length} reviews, and ${synthetic.length} texts made of them`);
  expect(synthetic.length).toBeGreaterThan(10);
  const labelOf = new Map(before.map(({ text, label }) => [text, label]));
  for (const { text, label, synthetic: how, synthetic_of: origin } of synthetic) {
    expect(['typos', 'dropout', 'swaps']).toContain(how);
    expect(labelOf.get(origin!)).toBe(label);
    expect(labelOf.has(text!)).toBe(false);
  }

  for (const [file, run] of [
    [TRAIN, 'before'],
    ['more.csv', 'more'],
  ] as const) {
    const trained = await otzyv('train', '--train', file, '--model', 'linear', '--output', run);
    expect(trained.code).toBe(0);
    if (run === 'more')
      expect(trained.stderr).toMatch(/of the rows to train on \d+ are synthetic; \d+ are left out/);
  }
  expect(measured('more')).toEqual(measured('before'));
  const heldOut = new Set(measured('more'));
  const apart = synthetic.filter(({ synthetic_of: origin }) => !heldOut.has(origin!)).length;
  expect(apart).toBeLessThan(synthetic.length);
  const rows = (run: string) => json(at(run, 'best/otzyv.json')).trainedOn.rows;
  expect(rows('more') - rows('before')).toBe(apart);
});

test('rows that are marked as synthetic are in no measurement, wherever they stand', async () => {
  const crossed = await otzyv(
    'crossval',
    '--train',
    'more.csv',
    '--model',
    'linear',
    '--folds',
    '3',
    '--output',
    'cv',
  );
  expect(crossed.code).toBe(0);
  expect(rowsOf(at('cv/oof_pred.csv'))).toHaveLength(rowsOf(TRAIN).length);

  const evaluated = await otzyv('evaluate', '--model', 'more', '--input', 'more.csv', '--json');
  expect(JSON.parse(evaluated.stdout)).toMatchObject({ rows: rowsOf(TRAIN).length });
  expect(evaluated.stderr).toMatch(/\d+ rows, marked as synthetic: they are not measured on/);

  const tuned = await otzyv(
    'tune',
    '--train',
    'more.csv',
    '--model',
    'linear',
    '--trials',
    '1',
    '--output',
    'search',
  );
  expect(tuned.code).toBe(0);
  expect(rowsOf(at('search/data/holdout.csv')).every(({ synthetic }) => synthetic === '')).toBe(true);
  const searched = rowsOf(at('search/data/search.csv'));
  const heldOut = new Set(rowsOf(at('search/data/holdout.csv')).map(({ text }) => text));
  expect(searched.some(({ synthetic }) => synthetic !== '')).toBe(true);
  expect(searched.some(({ synthetic_of: origin }) => heldOut.has(origin))).toBe(false);
});

test('the same seed makes the same file, another one another', async () => {
  const make = async (seed: string, output: string) => {
    await otzyv('augment', '--train', TRAIN, '--seed', seed, '--output', output);
    return rowsOf(at(output));
  };
  const first = await make('1', 'a.csv');
  expect(await make('1', 'b.csv')).toEqual(first);
  expect(await make('2', 'c.csv')).not.toEqual(first);
});

test('classes grow to what is asked for, by no more of one review than allowed', async () => {
  writeFileSync(
    at('few.csv'),
    `text,label\n${['а', 'б', 'в'].map((t) => `очень хороший отзыв ${t},х`).join('\n')}\nодин отзыв тут,у\n`,
  );
  const made = await otzyv(
    'augment',
    '--train',
    'few.csv',
    '--per-class',
    '5',
    '--per-row',
    '3',
    '--output',
    'f.csv',
    '--json',
  );
  const { classes } = JSON.parse(made.stdout);
  expect(classes).toEqual([
    { label: 'у', rows: 1, made: 3, aim: 5 },
    { label: 'х', rows: 3, made: 2, aim: 5 },
  ]);
});

test.each([
  [['--train', 'more.csv'], /has a column "synthetic" already/],
  [['--train', 'nothing.csv'], /nothing\.csv/],
  [['--train', TRAIN, '--text-column', 'review'], /no column "review" \(found: text, label/],
  [['--train', TRAIN, '--per-class', '0'], /whole number from 1/],
  [['--train', TRAIN, '--methods', 'magic'], /typos, dropout, swaps/],
])('what cannot be: %j', async (args, message) => {
  const { code, stderr } = await otzyv('augment', ...args, '--output', 'no.csv');
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(existsSync(at('no.csv'))).toBe(false);
});

describe('by a language model', () => {
  const CATEGORIES = fileURLToPath(new URL('../../../test-fixtures/categories.json', import.meta.url));
  const LABELS: string[] = (json(CATEGORIES) as { name: string }[]).map(({ name }) => name);
  /** The class that a review was asked for: the server knows what it wrote. */
  const labelOf = new Map<string, string>();
  let server: FakeOpenAi | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function serve(options: Partial<FakeOpenAiOptions> = {}): Promise<FakeOpenAi> {
    server = await startFakeOpenAi({
      labels: LABELS,
      reviewFor: (message, seed) => {
        const review = reviewFor(message, seed);
        labelOf.set(review, /^Категория: (.+)$/m.exec(message)?.[1] ?? '');
        return review;
      },
      labelFor: (text) => labelOf.get(text) ?? '',
      ...options,
    });
    return server;
  }
  const augment = (output: string, ...flags: string[]) => [
    ...['augment', '--train', TRAIN, '--categories', CATEGORIES, '--output', output],
    ...flags,
  ];
  const llm = ({ url }: FakeOpenAi) => ['--llm', 'fake', '--llm-url', url, '--concurrency', '2'];

  test('killed again and again, it goes on: nothing is asked twice, and the file is as it would have been', async () => {
    const running = await serve();
    const whole = await otzyv(...augment('whole.csv', ...llm(running)));
    expect(whole.code, whole.stderr).toBe(0);
    const questions = running.answered.length;
    expect(questions).toBeGreaterThan(40);

    running.answered.length = 0;
    for (const kept of [9, 30]) {
      const augmenting = start(...augment('killed.csv', ...llm(running)));
      const journal = at('killed.csv.journal.jsonl');
      await until(() => existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > kept);
      augmenting.process.kill('SIGKILL');
      await augmenting.ended;
      expect(existsSync(at('killed.csv'))).toBe(false);
    }
    const { code, stdout, stderr } = await otzyv(...augment('killed.csv', ...llm(running), '--json'));
    expect(code, stderr).toBe(0);
    expect(readFileSync(at('killed.csv'), 'utf8')).toBe(readFileSync(at('whole.csv'), 'utf8'));
    expect(JSON.parse(stdout)).toMatchObject({ questions, failures: 0 });
    // asked again is only what was under way when the process died: two questions each time
    expect(new Set(running.answered).size).toBe(questions);
    expect(running.answered.length).toBeLessThanOrEqual(questions + 4);
  });

  test('what it made is trained on where the review that was shown is, and never measured on', async () => {
    const running = await serve();
    const prices = ['--price-input', '0.5', '--price-output', '1'];
    const { code, stdout, stderr } = await otzyv(...augment('llm.csv', ...llm(running), ...prices));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/760 reviews, and \d+ texts made up by fake/);
    expect(stdout).toMatch(/tokens: .+; cost 0\.0\d+/);
    const real = new Map(rowsOf(TRAIN).map(({ text, label }) => [text, label]));
    const made = rowsOf(at('llm.csv')).slice(real.size);
    for (const { text, label, synthetic, synthetic_of: origin } of made) {
      expect(synthetic).toBe('llm');
      expect(real.get(origin!)).toBe(label);
      expect(labelOf.get(text!)).toBe(label);
    }
    const [, command = ''] = /npx otzyv (train .+)$/m.exec(stdout) ?? [];
    const trained = await otzyv(...command.replace('runs/more', 'llm').split(' '), '--model', 'linear');
    expect(trained.code, trained.stderr).toBe(0);
    const heldOut = new Set(measured('llm'));
    const apart = made.filter(({ synthetic_of: origin }) => !heldOut.has(origin!)).length;
    expect(apart).toBeLessThan(made.length);
    expect(json(at('llm/best/otzyv.json')).trainedOn.rows).toBe(real.size - heldOut.size + apart);
    expect(made.some(({ text }) => heldOut.has(text!))).toBe(false);
  });

  test('what a model writes badly is refused and counted; a class that it cannot write is given up', async () => {
    const hopeless = 'обувь';
    const running = await serve({
      reviewFor: (message, seed) =>
        message.includes(`Категория: ${hopeless}\n`) ? '衣服很好，衣服很好 衣服' : reviewFor(message, seed),
      labelFor: (text) => LABELS[text.length % LABELS.length] as string,
    });
    const flags = ['--per-class', '120', '--give-up-after', '5'];
    const { code, stdout, stderr } = await otzyv(...augment('bad.csv', ...llm(running), ...flags));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/Given up, since many questions in a row brought nothing:/);
    expect(stdout).toMatch(/another label \d+/);
    const asked = running.requests.filter((request) => isForReview(request));
    const ofHopeless = asked.filter((request) => textOf(request).startsWith(`Категория: ${hopeless}\n`));
    expect(ofHopeless).toHaveLength(5);
    expect(stdout).toMatch(/^обувь +5 +not Russian 5$/m);
    expect(rowsOf(at('bad.csv')).some(({ label, synthetic }) => label === hopeless && synthetic)).toBe(false);
  });

  test('interrupted, it says how to go on', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = await serve({ delay: () => held });
    const augmenting = start(...augment('interrupted.csv', ...llm(running)));
    await until(() => running.requests.length > 0);
    augmenting.process.kill('SIGINT');
    const { code, stderr } = await augmenting.ended;
    release();
    expect(code).toBe(130);
    expect(stderr).toContain('are in interrupted.csv.journal.jsonl, and the same command goes on');
    expect(existsSync(at('interrupted.csv'))).toBe(false);
  });

  test.skipIf(!hasLlama)('of random weights, nothing is taken, and the command ends well', async () => {
    await writeTinyModel(at('tiny.gguf'));
    const flags = ['--llm', 'tiny.gguf', '--device', 'cpu', '--threads', '1', '--max-answer-tokens', '40'];
    const { code, stdout, stderr } = await otzyv(
      ...augment('tiny.csv', ...flags, '--give-up-after', '1', '--json'),
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ made: 0 });
    expect(rowsOf(at('tiny.csv'))).toHaveLength(rowsOf(TRAIN).length);
  });

  test('the prompt is shown, without a model and without the reviews', async () => {
    const { code, stdout } = await otzyv('augment', '--show-prompt', '--categories', CATEGORIES);
    expect(code).toBe(0);
    for (const name of LABELS) expect(stdout).toContain(`\nКатегория: ${name}\n`);
    writeFileSync(at('own.txt'), 'Сочини отзыв.\n');
    const own = ['--show-prompt', '--categories', CATEGORIES, '--prompt-file', 'own.txt'];
    expect((await otzyv('augment', ...own)).stdout).toMatch(/^Сочини отзыв\.\n\nКатегория: /);
  });

  test.each([
    [['--llm', 'x'], '--categories is missing'],
    [['--llm', 'x', '--categories', CATEGORIES, '--methods', 'typos'], '--methods: --llm writes new reviews'],
    [['--categories', CATEGORIES], '--categories: only a language model has a use for it'],
    [['--concurrency', '2', '--temperature', '1'], '--temperature, --concurrency: only a language model'],
    [['--llm', 'x', '--categories', CATEGORIES, '--give-up-after', '0'], 'whole number from 1'],
  ])('what makes no sense is refused: %j', async (flags, message) => {
    const refused = await otzyv('augment', '--train', TRAIN, '--output', 'no.csv', ...flags);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(existsSync(at('no.csv'))).toBe(false);
  });
});
