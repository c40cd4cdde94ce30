/**
 * Classes told by stems of words: no training, no model. Weak labels where there are none yet, and the baseline that
 * anything costlier has to beat.
 *
 * A keyword is the beginning of a word: «куртк» is found in «курткой». Several words are found one after the other:
 * «корм для кош» in «корма для кошек». Case, ё and punctuation make no difference. Where keywords begin at the same
 * word the longest counts alone: «чайник» is no «чай».
 */
import { OtzyvError } from '../errors.ts';
import { normalizedForComparison } from '../text/letters.ts';

/** A class, and the stems by which it is known. */
export interface KeywordClass {
  readonly name: string;
  readonly keywords: readonly string[];
  /** The class of texts that name nothing: at most one has it. */
  readonly isNone?: boolean;
}

/** What the keywords say of a text. */
export interface RuleAnswer {
  /**
   * The class with the most hits. Without any, the class of texts that name nothing. Undefined where there is no such
   * class, and where several have equally many hits: a weak label is not to be a guess.
   */
  readonly label: string | undefined;
  /** Share of the hits [classes]; all of the class of texts that name nothing, where there are none. */
  readonly shares: readonly number[];
  /** The keywords that were found, as they stand in the text's order. */
  readonly found: readonly string[];
}

interface Stem {
  readonly keyword: string;
  readonly words: readonly string[];
  readonly classId: number;
}

/**
 * @example
 * const ruleOf = keywordRules([{ name: 'одежда', keywords: ['куртк'] }, { name: 'нет товара', keywords: [], isNone: true }]);
 * ruleOf('Курткой доволен').label; // 'одежда'
 *
 * @throws OtzyvError `labels.keywords` where a keyword has no letters or belongs to two classes
 */
export function keywordRules(classes: readonly KeywordClass[]): (text: string) => RuleAnswer {
  const stems = stemsByFirstLetter(classes);
  const noneId = classes.findIndex(({ isNone }) => isNone === true);
  return (text) => {
    const words = normalizedForComparison(text).split(' ');
    const hits = classes.map(() => 0);
    const found: string[] = [];
    for (let at = 0; at < words.length; ) {
      const stem = stems.get(words[at]?.[0] ?? '')?.find((candidate) => beginsAt(words, at, candidate));
      if (stem === undefined) {
        at++;
        continue;
      }
      hits[stem.classId] = (hits[stem.classId] as number) + 1;
      found.push(stem.keyword);
      at += stem.words.length;
    }
    const most = Math.max(...hits);
    if (most === 0) {
      const shares = classes.map((_, id) => (id === noneId ? 1 : 0));
      return { label: classes[noneId]?.name, shares, found };
    }
    const best = hits.flatMap((count, id) => (count === most ? [id] : []));
    return {
      label: best.length === 1 ? classes[best[0] as number]?.name : undefined,
      shares: hits.map((count) => count / found.length),
      found,
    };
  };
}

/** The longest first, so that the first that fits is the one that counts. */
function stemsByFirstLetter(classes: readonly KeywordClass[]): Map<string, Stem[]> {
  const byKey = new Map<string, Stem>();
  for (const [classId, { name, keywords }] of classes.entries()) {
    for (const keyword of keywords) {
      const key = normalizedForComparison(keyword);
      const refuse = (fault: string, hint: string) => {
        throw new OtzyvError('labels.keywords', `keyword "${keyword}" of "${name}" ${fault}`, hint);
      };
      if (key === '') refuse('has no letters', 'Write the beginning of a word, such as "куртк".');
      const other = byKey.get(key);
      if (other !== undefined && other.classId !== classId)
        refuse(
          `also stands under "${classes[other.classId]?.name}"`,
          'Leave it to one class, or make it longer.',
        );
      byKey.set(key, { keyword, words: key.split(' '), classId });
    }
  }
  const groups = new Map<string, Stem[]>();
  const longestFirst = [...byKey].sort(([a], [b]) => b.length - a.length);
  for (const [key, stem] of longestFirst) {
    const letter = key[0] as string; // keys are not empty
    groups.set(letter, [...(groups.get(letter) ?? []), stem]);
  }
  return groups;
}

function beginsAt(words: readonly string[], at: number, stem: Stem): boolean {
  return stem.words.every((word, i) => words[at + i]?.startsWith(word));
}
