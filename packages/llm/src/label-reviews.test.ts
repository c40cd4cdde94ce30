/** The whole job against a server on loopback that misbehaves. */
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { readReviews } from '@otzyv/trainer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCategories } from './categories.ts';
import {
  journalPath,
  type LabelContext,
  type LabelOptions,
  labelReviews,
  reportPath,
} from './label-reviews.ts';
import { openOpenAi } from './openai/openai-backend.ts';
import { RUSSIAN_PROMPT } from './prompt.ts';
import {
  type FakeOpenAi,
  type FakeOpenAiOptions,
  labelOf,
  startFakeOpenAi,
  textOf,
} from './testing/fake-openai.ts';
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts';
import { virtualClock } from './testing/virtual-clock.ts';

const LABELS = ['обувь', 'одежда', 'нет товара'];
const CATEGORIES = parseCategories(
  LABELS.map((name) => ({ name })),
  'here',
);
const TEXTS = Array.from({ length: 40 }, (_, i) => `отзыв, номер ${i}`);

let folder: TemporaryFolder;
let server: FakeOpenAi;
let troubles: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  troubles = [];
  await writeFile(
    folder.at('raw.csv'),
    ['text,id', ...TEXTS.map((text, i) => `"${text}",${i}`), ''].join('\n'),
  );
});
afterEach(async () => {
  await server?.close();
  await folder.remove();
});

async function serve(options: Partial<FakeOpenAiOptions> = {}): Promise<void> {
  await server?.close();
  server = await startFakeOpenAi({ labels: LABELS, ...options });
}

function label(options: Partial<LabelOptions> = {}, context: Partial<LabelContext> = {}) {
  return labelReviews(
    {
      ...{
        input: folder.at('raw.csv'),
        output: folder.at('out.csv'),
        textColumn: 'text',
        maxTextLength: 1000,
      },
      ...{
        categories: CATEGORIES,
        confidence: 'tokens',
        templates: [RUSSIAN_PROMPT],
        votes: 1,
        seed: 1,
        temperature: 0,
      },
      ...options,
    },
    {
      open: async () =>
        openOpenAi({
          url: server.url,
          model: 'fake',
          concurrency: 4,
          timeoutMs: 60_000,
          maxAnswerTokens: 99,
        }),
      clock: virtualClock(),
      onTrouble: (message) => troubles.push(message),
      ...context,
    },
  );
}

async function labelled(): Promise<{ text: string; label: string }[]> {
  const rows: { text: string; label: string }[] = [];
  for await (const { text, label } of readReviews(folder.at('out.csv'), {
    textColumn: 'text',
    labelColumn: 'label',
  }))
    rows.push({ text, label });
  return rows;
}
const expected = (texts = TEXTS) => texts.map((text) => ({ text, label: labelOf(text, LABELS) }));

describe('a file that is labelled', () => {
  it('has all rows with their columns, and what the votes said', async () => {
    await serve({ tellsTokens: true });
    const report = await label({ votes: 3 });
    expect(await labelled()).toEqual(expected());
    const [header, first] = (await readFile(folder.at('out.csv'), 'utf8')).split('\n');
    expect(header).toBe('text,id,label,confidence,probabilities,votes');
    expect(first).toContain(`"отзыв, номер 0",0,${labelOf(TEXTS[0]!, LABELS)},0.6,`);
    expect(report).toMatchObject({
      ...{ rows: 40, labelledRows: 40, texts: 40, questions: 120, fromJournal: 0, failures: 0 },
      ...{ answersWithTokens: 120, usage: { prompt: 12_000, cached: 10_800, completion: 1200 } },
      agreement: { texts: 40, pairwise: 1, fleissKappa: 1 },
    });
    expect(JSON.parse(await readFile(reportPath(folder.at('out.csv')), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(report)),
    );
  });

  it('asks about a text once, however many rows have it, and never about none', async () => {
    await serve();
    await appendFile(folder.at('raw.csv'), `"${TEXTS[3]} ",41\n"  ",42\n`);
    const report = await label();
    expect(report).toMatchObject({ rows: 42, labelledRows: 41, emptyRows: 1, texts: 40 });
    expect(server.requests).toHaveLength(40);
  });

  it('cuts long texts, and says how many', async () => {
    await serve();
    const report = await label({ maxTextLength: 14 }); // "отзыв, номер 1" and the like stay whole
    expect(report.cutTexts).toBeGreaterThan(0);
    expect(server.requests.every((request) => textOf(request).length <= 14)).toBe(true);
    expect(report.labelledRows).toBe(40);
  });

  it('keeps a column that is called label already', async () => {
    await serve();
    await writeFile(folder.at('raw.csv'), 'text,label\nтуфли,мои\n');
    expect((await label()).labelColumn).toBe('predicted_label');
    expect(await labelled()).toEqual([{ text: 'туфли', label: 'мои' }]);
  });

  it('is measured on those of its texts that have a gold label', async () => {
    await serve();
    const gold = TEXTS.slice(0, 10).map(
      (text, i) =>
        `"${text}",${i < 8 ? labelOf(text, LABELS) : LABELS.find((other) => other !== labelOf(text, LABELS))}`,
    );
    await writeFile(folder.at('gold.csv'), ['text,label', ...gold, 'чужой,обувь', ''].join('\n'));
    const report = await label({
      gold: { file: folder.at('gold.csv'), textColumn: 'text', labelColumn: 'label' },
    });
    expect(report.gold).toMatchObject({
      rows: 11,
      unanswered: 1,
      evaluation: { rows: 10, metrics: { accuracy: 0.8 } },
    });
    expect(report.gold?.accuracyOfAll).toBeCloseTo(8 / 11);
  });
});

describe('a server that misbehaves', () => {
  it('is borne with: every text has its label in the end, and nothing is asked twice without need', async () => {
    const tries = new Map<string, number>();
    await serve({
      mischief: (request) => {
        const text = textOf(request);
        const before = tries.get(text) ?? 0;
        tries.set(text, before + 1);
        const kinds = [
          { status: 429, headers: { 'retry-after': '2' } },
          { status: 500 },
          { cut: 'before' as const },
          { cut: 'within' as const },
          { body: '{"choices": ' },
          { content: '{"label": "шины", "confidence": 1}' },
          { content: 'Думаю, обувь' },
          undefined,
        ];
        return before === 0 ? kinds[TEXTS.indexOf(text) % kinds.length] : undefined;
      },
    });
    const report = await label();
    expect(await labelled()).toEqual(expected());
    expect(report).toMatchObject({ failures: 0, retries: 25, unusableAnswers: 10, unlabelledTexts: 0 });
    expect(server.requests).toHaveLength(40 + 35);
    expect(troubles.filter((message) => message.includes('; again in '))).toHaveLength(25);
  });

  it('and never answers some texts: they are left out and told of, and asked again the next time', async () => {
    const isBad = (text: string) => TEXTS.indexOf(text) % 10 === 0;
    await serve({
      mischief: (request) => (isBad(textOf(request)) ? { content: '{"label": "шины"}' } : undefined),
    });
    const report = await label();
    expect(report).toMatchObject({ failures: 4, unlabelledTexts: 4, labelledRows: 36 });
    expect(await labelled()).toEqual(expected(TEXTS.filter((text) => !isBad(text))));
    expect(troubles.filter((message) => message.startsWith('no answer for "отзыв'))).toHaveLength(4);

    await serve();
    expect(await label()).toMatchObject({ fromJournal: 36, failures: 0, unlabelledTexts: 0 });
    expect(server.requests).toHaveLength(4);
    expect(await labelled()).toEqual(expected());
  });

  it('and is gone: the work ends before it has tried every text, and goes on later', async () => {
    await serve();
    await server.close();
    await expect(label({ retries: 1 })).rejects.toMatchObject({ code: 'llm.no-answers' });
    await expect(stat(folder.at('out.csv'))).rejects.toThrow();
    await serve();
    expect(await label()).toMatchObject({ labelledRows: 40 });
  });

  it('and never gives an answer that can be used: the work ends before all is paid for', async () => {
    await serve({ mischief: () => ({ content: 'Не знаю' }) });
    await expect(label()).rejects.toMatchObject({ code: 'llm.no-answers' });
    expect(server.requests.length).toBeLessThan(40 * 4);
  });

  it('and will not answer many texts that stand together: the others are labelled all the same', async () => {
    const isBad = (text: string) => TEXTS.indexOf(text) >= 10 && TEXTS.indexOf(text) < 30;
    await serve({
      mischief: (request) => (isBad(textOf(request)) ? { status: 413, message: 'too large' } : undefined),
    });
    expect(await label()).toMatchObject({ failures: 20, labelledRows: 20 });
  });

  it('and wants a key: that is said at once', async () => {
    await serve({ mischief: () => ({ status: 401 }) });
    await expect(label()).rejects.toMatchObject({ code: 'llm.unauthorized' });
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });
});

describe('whoever goes on', () => {
  it('after an interruption asks nothing twice, and ends as one who was not interrupted', async () => {
    await serve({ tellsTokens: true });
    await label({ votes: 2 });
    const whole = await readFile(folder.at('out.csv'), 'utf8');
    await rm(folder.at('out.csv'));
    await rm(journalPath(folder.at('out.csv')));
    server.answered.length = 0;

    const controller = new AbortController();
    const reason = new Error('Ctrl-C');
    const onProgress: LabelContext['onProgress'] = ({ done }) => {
      if (done === 25) controller.abort(reason);
    };
    await expect(label({ votes: 2 }, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    const before = (await readFile(journalPath(folder.at('out.csv')), 'utf8')).split('\n').length - 1;
    expect(before).toBeGreaterThanOrEqual(25);

    server.requests.length = 0;
    const report = await label({ votes: 2 });
    expect(report.fromJournal).toBe(before);
    expect(server.requests).toHaveLength(80 - before);
    expect(await readFile(folder.at('out.csv'), 'utf8')).toBe(whole);
  });

  it('asks only what is new: rows that were added, a further vote', async () => {
    await serve();
    await label();
    await appendFile(folder.at('raw.csv'), 'новый,41\n');
    server.requests.length = 0;
    expect(await label({ votes: 2 })).toMatchObject({ fromJournal: 40, questions: 82 });
    expect(server.requests).toHaveLength(42);
  });

  it('asks anew when the model is told something else', async () => {
    await serve();
    await label();
    server.requests.length = 0;
    await label({ categories: CATEGORIES.map((category) => ({ ...category, description: 'иначе' })) });
    expect(server.requests).toHaveLength(40);
  });
});

it('the input is never overwritten', async () => {
  await serve();
  await expect(label({ output: folder.at('raw.csv') })).rejects.toMatchObject({ code: 'options.same-file' });
});
