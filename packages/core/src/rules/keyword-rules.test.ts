import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keywordRules } from './keyword-rules.ts';

const CLASSES = [
  { name: 'одежда', keywords: ['куртк', 'плать', 'размер'] },
  { name: 'продукты', keywords: ['чай', 'шоколад'] },
  { name: 'бытовая техника', keywords: ['чайник', 'утюг', 'Ёлочк'] },
  { name: 'товары для животных', keywords: ['корм для кош', 'лоток'] },
  { name: 'нет товара', keywords: [], isNone: true },
];
const ruleOf = keywordRules(CLASSES);

describe('a keyword', () => {
  it('is the beginning of a word, whatever its case, ё and punctuation', () => {
    expect(ruleOf('Довольна КУРТКОЙ!').label).toBe('одежда');
    expect(ruleOf('не про одежду, мини-куртка').label).toBe('одежда');
    expect(ruleOf('елочкам рады').label).toBe('бытовая техника');
  });

  it('is not found inside a word', () => {
    expect(ruleOf('случайный').found).toEqual([]);
  });

  it('of several words is found only when they follow one another', () => {
    expect(ruleOf('хороший корм для кошек').label).toBe('товары для животных');
    expect(ruleOf('корм подошёл для кошек').label).toBe('нет товара');
  });

  it('gives way to a longer one at the same word', () => {
    expect(ruleOf('чайник кипит').label).toBe('бытовая техника');
    expect(ruleOf('чай вкусный').label).toBe('продукты');
  });
});

describe('the label', () => {
  it('is the class with the most hits, and the shares are those of the hits', () => {
    expect(ruleOf('Платье и куртка, в подарок чай')).toEqual({
      label: 'одежда',
      shares: [2 / 3, 1 / 3, 0, 0, 0],
      found: ['плать', 'куртк', 'чай'],
    });
  });

  it('is none where classes have equally many', () => {
    expect(ruleOf('Куртка и чай').label).toBeUndefined();
  });

  it('of a text that names nothing is the class for that, where there is one', () => {
    expect(ruleOf('Доставка быстрая')).toEqual({ label: 'нет товара', shares: [0, 0, 0, 0, 1], found: [] });
    expect(keywordRules(CLASSES.slice(0, 2))('Доставка быстрая')).toEqual({
      label: undefined,
      shares: [0, 0],
      found: [],
    });
  });

  it('does not depend on the order of the words where keywords are single words', () => {
    const words = fc.array(fc.constantFrom('куртка', 'чай', 'чайник', 'утюг', 'и', 'очень', 'размером'));
    fc.assert(
      fc.property(words, (written) => {
        const backwards = ruleOf([...written].reverse().join(' '));
        expect(ruleOf(written.join(' ')).label).toBe(backwards.label);
        expect(backwards.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
      }),
    );
  });
});

describe('refused is', () => {
  it('a keyword of two classes', () => {
    const both = [
      { name: 'обувь', keywords: ['кроссовк'] },
      { name: 'одежда', keywords: ['Кроссовк'] },
    ];
    expect(() => keywordRules(both)).toThrow('keyword "Кроссовк" of "одежда" also stands under "обувь"');
  });

  it('a keyword without letters', () => {
    expect(() => keywordRules([{ name: 'обувь', keywords: ['–'] }])).toThrow(
      expect.objectContaining({ code: 'labels.keywords' }),
    );
  });
});
