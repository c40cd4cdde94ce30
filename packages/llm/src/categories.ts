/**
 * `categories.json`: what the classes are called and mean, the stems they are known by, examples, and how much a rare
 * one is favoured. One file serves the prompt, the keyword rules and the votes.
 */
import { labelKey, OtzyvError } from '@otzyv/core';
import { readJson } from '@otzyv/trainer';
import { z } from 'zod';

const categorySchema = z.strictObject({
  name: z.string().trim().min(1),
  /** For the prompt: what belongs to it, and what does not. */
  description: z.string().trim().default(''),
  /** Beginnings of words. */
  keywords: z.array(z.string().trim().min(1)).default([]),
  /** Reviews of this class, shown in the prompt. */
  examples: z.array(z.string().trim().min(1)).default([]),
  /** Its probability is multiplied by this before the votes are decided. */
  boost: z.number().positive().default(1),
  /** The class of reviews that name no product: what no keyword is found in belongs to it. */
  none: z.boolean().default(false),
});

export type Category = z.infer<typeof categorySchema>;

/** @throws OtzyvError `data.*`, `labels.categories` with the file and the place in it */
export async function readCategories(path: string): Promise<readonly Category[]> {
  return parseCategories(await readJson(path), path);
}

/** @param place where it stands, for the error */
export function parseCategories(written: unknown, place: string): readonly Category[] {
  const refuse = (fault: string, hint: string) =>
    new OtzyvError('labels.categories', `${place}: ${fault}`, hint);
  if (!Array.isArray(written)) {
    throw refuse(
      'is not a list of categories',
      'Write [{"name": "одежда", "description": "…", "keywords": ["куртк"]}, …].',
    );
  }
  const parsed = z.array(categorySchema).safeParse(written);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(
      `${pathOf(issue?.path ?? [], written)}: ${issue?.message}`,
      'A category has a name, and may have a description, keywords, examples, boost and none.',
    );
  }
  const categories = parsed.data;
  if (categories.length < 2) throw refuse('has fewer than two categories', 'Name at least two.');
  const keys = categories.map(({ name }) => labelKey(name));
  const twin = keys.findIndex((key, id) => keys.indexOf(key) !== id);
  if (twin !== -1) {
    throw refuse(
      `[${twin}]: "${categories[twin]?.name}" stands there twice`,
      'Names must differ by more than case, spaces or ё.',
    );
  }
  if (categories.filter(({ none }) => none).length > 1) {
    throw refuse(
      'several categories have "none": true',
      'Only one can be that of reviews without a product.',
    );
  }
  return categories;
}

/** @example [3].keywords[0] («посуда») */
function pathOf(path: readonly PropertyKey[], written: readonly unknown[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const name = (written[Number(path[0])] as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? `${place} («${name}»)` : place;
}

/**
 * @param boosts by name, in place of what stands in the file
 * @throws OtzyvError `options.boost` where there is no such category
 */
export function withBoosts(
  categories: readonly Category[],
  boosts: Readonly<Record<string, number>>,
): readonly Category[] {
  for (const name of Object.keys(boosts)) {
    if (categories.some((category) => category.name === name)) continue;
    throw new OtzyvError(
      'options.boost',
      `there is no category "${name}" to boost`,
      `Known are: ${categories.map((category) => category.name).join(', ')}.`,
    );
  }
  return categories.map((category) => ({ ...category, boost: boosts[category.name] ?? category.boost }));
}
