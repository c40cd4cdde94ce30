/**
 * Labels by keywords alone: weak ones to begin with, and the baseline for everything else. A text in which no keyword is
 * found belongs to the category of reviews without a product; one in which several categories are found alike is
 * ambiguous, and left out.
 */
import { keywordRules, OtzyvError } from '@otzyv/core';
import { refuseSameFile, writeJson } from '@otzyv/trainer';
import type { Category } from './categories.ts';
import { type GoldOptions, type GoldResult, measureOnGold } from './gold.ts';
import { reportPath } from './label-reviews.ts';
import { askedText, type SourceOptions, type WrittenRows, writeLabelled } from './training-file.ts';

export interface RulesOptions extends SourceOptions {
  readonly output: string;
  readonly categories: readonly Category[];
  readonly gold?: GoldOptions | undefined;
}

export interface RulesReport extends WrittenRows {
  /** Rows with a text that the rules gave no label. */
  readonly unlabelledRows: number;
  readonly gold?: GoldResult;
}

/** @throws OtzyvError `data.*`, `labels.keywords`, `options.same-file` */
export async function labelByRules(options: RulesOptions): Promise<RulesReport> {
  const { input, output, categories, gold } = options;
  await refuseSameFile(input, output);
  if (categories.every(({ keywords }) => keywords.length === 0)) {
    throw new OtzyvError(
      'labels.keywords',
      'no category has keywords',
      'Add stems to the categories: "keywords": ["куртк", "плать"].',
    );
  }
  const ruleOf = keywordRules(categories.map(({ none, ...category }) => ({ ...category, isNone: none })));
  const labels = categories.map(({ name }) => name);
  const answerTo = (text: string) => {
    const { label, shares: probabilities, found: details } = ruleOf(text);
    if (label === undefined) return undefined;
    return { label, probabilities, details, confidence: probabilities[labels.indexOf(label)] as number };
  };
  // as the rows of the input are labelled: cut alike, and nothing for a row without a text
  const answerToRow = (text: string) => {
    const asked = askedText(text, options.maxTextLength);
    return asked === '' ? undefined : answerTo(asked);
  };
  const written = await writeLabelled(options, labels, 'keywords', answerTo);
  const { rows, emptyRows, labelledRows } = written;
  const report: RulesReport = {
    ...written,
    unlabelledRows: rows - emptyRows - labelledRows,
    ...(gold && { gold: await measureOnGold(gold, labels, answerToRow) }),
  };
  await writeJson(reportPath(output), report);
  return report;
}
