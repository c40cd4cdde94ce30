import { describe, expect, it } from 'vitest';
import { readAnswer } from './answer.ts';
import { NO_USAGE, UnusableAnswer } from './backend.ts';

const read = (text: string) => readAnswer(text, ['одежда', 'нет товара'], NO_USAGE);

describe('an answer is read', () => {
  it.each([
    ['as it was asked for', '{"label": "одежда", "confidence": 0.9}'],
    ['with words around it', 'Вот ответ:\n```json\n{"confidence": 0.9, "label": "одежда"}\n```'],
    [
      'after what the model thought',
      '<think>{"label": "обувь"}? нет</think>{"label":"одежда","confidence":0.9}',
    ],
    ['in another case', '{"label": " ОДЕЖДА", "confidence": 0.9}'],
    ['in percent', '{"label": "одежда", "confidence": 90}'],
    ['with more than was asked', '{"label": "одежда", "confidence": 0.9, "why": "рукава"}'],
  ])('%s', (_, text) => {
    expect(read(text)).toEqual({ label: 'одежда', confidence: 0.9 });
  });
});

describe('an answer is unusable', () => {
  it.each([
    ['одежда', 'the answer holds no JSON object'],
    ['{"label": "одежда", "confidence": 0.9', 'the answer holds no JSON object'],
    ['{label: одежда}', 'the answer is not valid JSON'],
    ['{"label": "обувь", "confidence": 0.9}', '"обувь" is none of the labels'],
    ['{"label": "одежда"}', 'confidence: '],
    ['{"label": "одежда", "confidence": -1}', 'confidence: '],
    ['{"label": "одежда", "confidence": "высокая"}', 'confidence: '],
    ['{"label": null, "confidence": 1}', 'label: '],
  ])('%s', (text, fault) => {
    expect(() => read(text)).toThrow(UnusableAnswer);
    expect(() => read(text)).toThrow(fault);
  });
});
