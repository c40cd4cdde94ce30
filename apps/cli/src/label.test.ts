/** Labelling by the real binary: by keywords, by a server on loopback that is slow and faulty, by a tiny GGUF model. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type FakeOpenAi,
  type FakeOpenAiOptions,
  labelOf,
  startFakeOpenAi,
  textOf,
} from '../../../packages/llm/src/testing/fake-openai.ts';
import { hasLlama, writeTinyModel } from '../../../packages/llm/src/testing/tiny-model.ts';
import { at, json, LABELLED, otzyv, rowsOf, start, startWith, TEST, until } from './testing/otzyv.ts';

const CATEGORIES = fileURLToPath(new URL('../../../test-fixtures/categories.json', import.meta.url));
const LABELS: string[] = (json(CATEGORIES) as { name: string }[]).map(({ name }) => name);

let server: FakeOpenAi | undefined;
beforeAll(() => {
  writeFileSync(at('raw.csv'), readFileSync(TEST, 'utf8').split('\n').slice(0, 41).join('\n'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(options: Partial<FakeOpenAiOptions> = {}): Promise<FakeOpenAi> {
  server = await startFakeOpenAi({ labels: LABELS, tellsTokens: true, ...options });
  return server;
}

const label = (output: string, ...flags: string[]) => [
  ...['label', '--input', 'raw.csv', '--categories', CATEGORIES, '--output', output],
  ...flags,
];
const llm = ({ url }: FakeOpenAi) => [
  '--llm',
  'fake',
  '--llm-url',
  url,
  '--votes',
  '3',
  '--concurrency',
  '2',
];
const labelsIn = (file: string) => rowsOf(at(file)).map(({ text, label }) => [text, label]);
const expectedLabels = () => rowsOf(at('raw.csv')).map(({ text }) => [text, labelOf(text!.trim(), LABELS)]);

describe('by keywords', () => {
  test('a file comes out that trains, with the score against people’s labels', async () => {
    const { code, stdout, stderr } = await otzyv(...label('weak.csv', '--rules', '--gold', LABELLED));
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Against the gold labels (254 rows');
    expect(stdout).toMatch(/^f1_weighted +0\.\d{3}/m);
    const [, command = ''] = /npx otzyv (train .+)$/m.exec(stdout) ?? [];
    const trained = await otzyv(...command.split(' '), '--model', 'linear');
    expect(trained.code, trained.stderr).toBe(0);
  });
});

describe('by a server', () => {
  test('killed again and again, it goes on: nothing is asked twice, and the file is as it would have been', async () => {
    const running = await serve();
    const { answered } = running;
    const questions = 3 * rowsOf(at('raw.csv')).length;
    for (const kept of [7, 40]) {
      const labelling = start(...label('killed.csv', ...llm(running)));
      const journal = at('killed.csv.journal.jsonl');
      await until(() => existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > kept);
      labelling.process.kill('SIGKILL');
      await labelling.ended;
      expect(existsSync(at('killed.csv'))).toBe(false);
    }
    const { code, stderr } = await otzyv(...label('killed.csv', ...llm(running)));
    expect(code, stderr).toBe(0);
    expect(labelsIn('killed.csv')).toEqual(expectedLabels());
    // asked again is only what was under way when the process died: two questions each time
    const asked = new Set(answered);
    expect(asked.size).toBe(questions);
    expect(answered.length).toBeLessThanOrEqual(questions + 4);

    const again = answered.length;
    const whole = readFileSync(at('killed.csv'), 'utf8');
    const { stdout } = await otzyv(...label('killed.csv', ...llm(running), '--json'));
    expect(JSON.parse(stdout)).toMatchObject({ fromJournal: questions, questions, usageNow: { prompt: 0 } });
    expect(answered).toHaveLength(again);
    expect(readFileSync(at('killed.csv'), 'utf8')).toBe(whole);
  });

  test('that is faulty, it is borne with; the report tells of it, and of the cost', async () => {
    const tried = new Set<string>();
    const faults = [
      { status: 429, headers: { 'retry-after-ms': '20' } },
      { cut: 'within' as const },
      { content: '{"label": "шины", "confidence": 1}' },
    ];
    const running = await serve({
      mischief: (request) => {
        const text = textOf(request);
        if (tried.has(text) || tried.size === 9) return undefined;
        tried.add(text);
        return faults[tried.size % 3];
      },
    });
    const prices = ['--price-input', '0.5', '--price-output', '1'];
    const { code, stdout, stderr } = await otzyv(...label('faulty.csv', ...llm(running), ...prices));
    expect(code, stderr).toBe(0);
    expect(labelsIn('faulty.csv')).toEqual(expectedLabels());
    expect(stdout).toContain("agreement of 3 votes: 100.0 % of pairs the same, Fleiss' kappa 1.000");
    expect(stdout).toContain(
      'asked again: 6 after a fault (5.3 %), 3 after an answer that could not be used (2.6 %)',
    );
    expect(stdout).toMatch(/tokens: 11,700 read, 10,530 of them from the cache; 1,170 written; cost 0\.0070/);
    expect(stderr).toContain('again in');
  });

  test('interrupted, it says how to go on', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = await serve({ delay: () => held });
    const labelling = start(...label('interrupted.csv', ...llm(running)));
    await until(() => running.requests.length > 0);
    labelling.process.kill('SIGINT');
    const { code, stderr } = await labelling.ended;
    release();
    expect(code).toBe(130);
    expect(stderr).toContain('are in interrupted.csv.journal.jsonl, and the same command goes on');
  });

  test('with a key, it is sent, and never shown', async () => {
    const running = await serve({ mischief: () => ({ status: 401, message: 'no' }) });
    const keyed = label('keyed.csv', ...llm(running), '--llm-key-variable', 'SHOP_KEY');
    const { code, stderr } = await startWith({ env: { SHOP_KEY: 'secret-1' } }, ...keyed).ended;
    expect(running.authorization()).toBe('Bearer secret-1');
    expect(code).toBe(2);
    expect(stderr).toContain('code llm.unauthorized');
    expect(stderr).not.toContain('secret-1');
    const without = await otzyv(...keyed);
    expect(without.stderr).toContain('the variable SHOP_KEY, named by --llm-key-variable, holds no key');
  });
});

describe.skipIf(!hasLlama)('by a GGUF model', () => {
  test('every text gets a valid label, and the same command has nothing left to ask', async () => {
    await writeTinyModel(at('tiny.gguf'));
    writeFileSync(at('prompt.txt'), 'Категории:\n{categories}');
    writeFileSync(at('few.csv'), 'text\nКуртка тёплая\nСапоги жмут\nДоставили быстро\n');
    const args = [
      ...['label', '--llm', 'tiny.gguf', '--device', 'cpu', '--threads', '1', '--votes', '2', '--json'],
      ...[
        '--input',
        'few.csv',
        '--categories',
        CATEGORIES,
        '--prompt-file',
        'prompt.txt',
        '--output',
        'few-out.csv',
      ],
    ];
    const first = await otzyv(...args);
    expect(first.code, first.stderr).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ labelledRows: 3, answersWithTokens: 6, failures: 0 });
    for (const { label, confidence, probabilities } of rowsOf(at('few-out.csv'))) {
      expect(LABELS).toContain(label);
      expect(JSON.parse(probabilities!)[label!]).toBe(Number(confidence));
    }
    expect(JSON.parse((await otzyv(...args)).stdout)).toMatchObject({ fromJournal: 6 });
  });
});

test('the prompt is shown, with the categories and without a model', async () => {
  const { code, stdout } = await otzyv('label', '--show-prompt', '--categories', CATEGORIES);
  expect(code).toBe(0);
  for (const name of LABELS) expect(stdout).toContain(`\n- ${name}: `);
});

test.each([
  [['--input', 'raw.csv'], '--categories is missing'],
  [['--categories', CATEGORIES, '--input', 'raw.csv', '--output', 'x.csv'], '--llm is missing'],
  [['--categories', CATEGORIES, '--boost', 'шины=2', '--rules'], 'there is no category "шины" to boost'],
  [
    ['--categories', CATEGORIES, '--rules', '--llm', 'x', '--votes', '3'],
    '--votes, --llm: --rules labels by',
  ],
  [['--categories', CATEGORIES, '--votes', '1.5'], 'It must be a whole number from 1.'],
  [['--categories', CATEGORIES, '--max-answer-tokens', '0.5'], 'It must be a whole number from 1.'],
  [['--categories', CATEGORIES, '--timeout', 'Infinity'], 'It must be 2147483 at most.'],
])('a mistake in the flags is told: %j', async (flags, message) => {
  expect(await otzyv('label', ...flags)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
