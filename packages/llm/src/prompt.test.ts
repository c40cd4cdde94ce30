import { expect, it } from 'vitest';
import { parseCategories } from './categories.ts';
import { instruction, RUSSIAN_PROMPT, votesOf } from './prompt.ts';

const NAMES = ['одежда', 'обувь', 'посуда', 'текстиль', 'электроника', 'нет товара'];
const CATEGORIES = parseCategories(
  NAMES.map((name) => ({ name, none: name === 'нет товара', description: `всё про ${name}` })),
  'here',
);
const OPTIONS = { votes: 3, seed: 1, temperature: 0, templates: [RUSSIAN_PROMPT] };

it('the instruction lists the categories, and leaves no placeholder', () => {
  const text = instruction(RUSSIAN_PROMPT, CATEGORIES);
  for (const name of NAMES) expect(text).toContain(`- ${name}: всё про ${name}\n`);
  expect(text).toContain('выбери «нет товара»');
  expect(text).not.toMatch(/\{(categories|examples|none)\}/);
});

it('a line whose placeholder stands for nothing is left out', () => {
  const text = instruction(RUSSIAN_PROMPT, CATEGORIES.slice(0, 3));
  expect(text).not.toContain('ничего не сказано');
  expect(text).not.toContain('Примеры');
});

it('examples are shown as they are to be answered', () => {
  const [first, ...others] = CATEGORIES;
  const text = instruction(RUSSIAN_PROMPT, [{ ...first!, examples: ['Куртка $& тёплая'] }, ...others]);
  expect(text).toContain('Отзыв: Куртка $& тёплая\nОтвет: {"label":"одежда","confidence":0.95}');
});

it('each vote has its seed and its order of all categories; the first has the order of the file', () => {
  const orders = votesOf(CATEGORIES, OPTIONS).map((vote) => ({
    seed: vote.seed,
    names: [...vote.instruction.matchAll(/^- (.+): всё/gm)].map(([, name]) => name),
  }));
  expect(orders.map(({ seed }) => seed)).toEqual([1, 2, 3]);
  expect(orders[0]?.names).toEqual(NAMES);
  for (const { names } of orders) expect([...names].sort()).toEqual([...NAMES].sort());
  expect(new Set(orders.map(({ names }) => names.join())).size).toBe(3);
  expect(votesOf(CATEGORIES, OPTIONS)).toEqual(votesOf(CATEGORIES, OPTIONS));
});

it('prompts are taken in turn, and must say where the categories go', () => {
  const templates = ['Первый {categories}', 'Второй {categories}'];
  const votes = votesOf(CATEGORIES, { ...OPTIONS, templates });
  expect(votes.map((vote) => vote.instruction.split(' ')[0])).toEqual(['Первый', 'Второй', 'Первый']);
  expect(() => instruction('Выбери категорию', CATEGORIES)).toThrow(
    expect.objectContaining({ code: 'options.prompt' }),
  );
});
