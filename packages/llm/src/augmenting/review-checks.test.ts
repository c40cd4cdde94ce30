import { describe, expect, it } from 'vitest';
import { parseCategories } from '../categories.ts';
import { createNovelty, reviewChecks } from './review-checks.ts';
import { RUSSIAN_WRITING_PROMPT, writingMessage } from './writing-prompt.ts';

const CATEGORIES = parseCategories(
  [
    { name: 'одежда', keywords: ['куртк', 'рукав'], description: 'то, что носят на теле зимой и летом' },
    { name: 'книги' },
    { name: 'нет товара', none: true },
  ],
  'here',
);
const [CLOTHES, BOOKS, NONE] = [0, 1, 2];
const check = reviewChecks({
  ...{ categories: CATEGORIES, instruction: RUSSIAN_WRITING_PROMPT, maxLength: 100 },
});

describe('a review that is taken', () => {
  it.each([
    ['Куртка тёплая, рукава в самый раз', CLOTHES],
    ['Куртка Columbia XL, сшита в Китае, 5 звёзд 👍', CLOTHES],
    ['Читала всю ночь, шрифт крупный', BOOKS],
    ['Доставили быстро, спасибо продавцу', NONE],
  ])('%s', (text, category) => {
    expect(check(text, category)).toBeUndefined();
  });
});

describe('a review that is refused', () => {
  it.each([
    ['', 'short'],
    ['Хорошая куртка', 'short'],
    ['…!!! 👍', 'short'],
    [`Куртка ${'очень '.repeat(20)}тёплая`, 'long'],
    ['Куртка 很好 и тёплая', 'script'],
    ['Куртка тёплая，рукава длинные', 'script'],
    ['Куртка جميلة и тёплая', 'script'],
    ['This куртка is very warm indeed', 'script'],
    ['123 456 789', 'script'],
    ['Как языковая модель, я не ношу куртки', 'prompt'],
    ['Куртка тёплая"}, {"review": "рукава', 'prompt'],
    ['Вот ещё один отзыв про куртку', 'prompt'],
    ['Тон: довольный. Куртка тёплая', 'prompt'],
    ['Куртка просто и живо, как пишут покупатели', 'prompt'],
    ['Куртка — то, что носят на теле', 'prompt'],
    ['Тёплая и не маломерит, всем советую', 'keyword'],
  ])('%s: %s', (text, reason) => {
    expect(check(text, CLOTHES)).toBe(reason);
  });

  it('of a class of reviews without a product, bears the keyword of another', () => {
    expect(check('Доставили быстро, рукава коротки', NONE)).toBe('keyword');
  });
});

it('whatever stands in the prompt is refused as a review', () => {
  for (const [id, category] of CATEGORIES.entries()) {
    const message = writingMessage(category, 0, 'Куртка', 1);
    for (const text of [RUSSIAN_WRITING_PROMPT, message])
      expect(reviewChecks({ categories: CATEGORIES, instruction: text, maxLength: 9999 })(text, id)).toBe(
        'prompt',
      );
  }
});

describe('a text is new', () => {
  const REAL = 'Куртка тёплая, рукава длинные, ношу всю зиму и очень довольна';

  it('if it has little in common with those that there are, and once', () => {
    const isNew = createNovelty([REAL]);
    expect(isNew('Пальто чуть велико, но ткань плотная и не мнётся совсем')).toBe(true);
    expect(isNew('Пальто чуть велико — но ткань плотная и не мнется совсем!')).toBe(false);
  });

  it.each([
    ['case and punctuation', REAL.toUpperCase().replaceAll(',', '')],
    ['a word more', `${REAL} ею`],
    ['a word less', REAL.replace('очень ', '')],
  ])('but not if it differs by %s', (_, text) => {
    expect(createNovelty([REAL])(text)).toBe(false);
  });
});
