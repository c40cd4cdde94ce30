import { expect, it } from 'vitest';
import { parseCategories } from '../categories.ts';
import { brief, writingMessage } from './writing-prompt.ts';

const [CLOTHES, NONE] = parseCategories(
  [
    {
      name: 'одежда',
      description: 'куртки',
      keywords: ['куртк', 'рукав', 'плать'],
      examples: ['Мой образец'],
    },
    { name: 'нет товара', none: true },
  ],
  'here',
) as [ReturnType<typeof parseCategories>[number], ReturnType<typeof parseCategories>[number]];

it('what is said of a category comes first and is the same for all its reviews', () => {
  const messages = [0, 1, 2].map((question) => writingMessage(CLOTHES, question, `отзыв ${question}`, 1));
  for (const message of messages) expect(message.startsWith(`${brief(CLOTHES)}\n`)).toBe(true);
  expect(brief(CLOTHES)).toMatch(/^Категория: одежда\n.*куртки\n.*куртк…, рукав…, плать…\n/);
});

it('each question shows one review, and asks for a keyword in turn', () => {
  const messages = [0, 1, 2].map((question) => writingMessage(CLOTHES, question, `отзыв ${question}`, 1));
  for (const [i, message] of messages.entries()) expect(message).toMatch(new RegExp(`Образец: отзыв ${i}$`));
  const words = messages.map((message) => /^Слово в отзыве: (.+)…$/m.exec(message)?.[1]);
  expect([...words].sort()).toEqual([...CLOTHES.keywords].sort());
  expect(writingMessage(CLOTHES, 0, 'отзыв', 1)).toBe(writingMessage(CLOTHES, 0, 'отзыв', 1));
});

it('examples of the categories file are not shown: they may be anybody’s, the held-out reviews’ as well', () => {
  expect(writingMessage(CLOTHES, 0, 'отзыв', 1)).not.toContain('Мой образец');
});

it('of a category of reviews without a product, none is to be named', () => {
  expect(brief(NONE)).toContain('О самом товаре в отзыве не говори ничего.');
  expect(writingMessage(NONE, 0, 'отзыв', 1)).not.toContain('Слово в отзыве');
});
