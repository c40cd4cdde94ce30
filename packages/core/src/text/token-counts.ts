/**
 * The most frequent words, of all texts and of each class, without those that every text has. In bounded memory: of
 * too many different words the rarest so far are forgotten, with a bound on what that can have cost.
 * Reference: lossy counting, Manku and Motwani 2002, "Approximate frequency counts over data streams", with rounds
 * that end when the room does.
 */
import { hashText } from './hash.ts';
import { createHashIndex, type HashIndex, withRoom } from './hash-index.ts';
import { categoryOf, copied, LETTER } from './letters.ts';

export interface TokenCount {
  readonly token: string;
  readonly count: number;
}

/** The most frequent words. */
export interface TopTokens {
  /** by descending count, equal ones in the order of letters */
  readonly tokens: readonly TokenCount[];
  /** Counts may be too low by as much, and a word left out more frequent than the last by no more; 0: all is exact. */
  readonly error: number;
}

const STOP_WORDS = `а бы был была были было быть в во вот все всё вы да для до его ее её если есть еще ещё же за и из или им их к как
  когда которые который ли мне мы на над не нет ни но ну о об он она они оно от очень по под при про с со так также там
  то только тоже ту ты у уже хоть что чтобы эта эти это этот я меня мой моя чем этого была просто того после потому`;

let stopIndex: HashIndex | undefined;

function stopWords(): HashIndex {
  if (stopIndex !== undefined) return stopIndex;
  stopIndex = createHashIndex();
  const hash = new Uint32Array(2);
  for (const word of STOP_WORDS.split(/\s+/)) {
    hashText(hash, word);
    stopIndex.add(hash);
  }
  return stopIndex;
}

/** The group of all texts; classes count from 1. */
export const ALL = 0;

/** Words of all groups together: above it each group keeps its fair share, so that it happens seldom. */
const PRUNE_ABOVE = 1_000_000;

export interface TokenCounts {
  /** @param group of the text besides ALL, if any */
  add(text: string, group?: number): void;
  top(n: number, group?: number): TopTokens;
}

export function createTokenCounts(pruneAbove = PRUNE_ABOVE): TokenCounts {
  const hash = new Uint32Array(2);
  let index = createHashIndex();
  let tokens: string[] = [];
  let counts = new Uint32Array(1024);
  // How often a word may have been forgotten before it was counted again.
  let missed = new Uint32Array(1024);
  let groups: Group[] = [];

  /** The word whose hash was made last. */
  const count = (text: string, start: number, end: number, group: number) => {
    const word = index.add(hash);
    if (word < tokens.length) {
      counts[word] = (counts[word] as number) + 1;
      return;
    }
    counts = withRoom(counts, word);
    missed = withRoom(missed, word);
    tokens.push(copied(text, start, end));
    while (groups.length <= group) groups.push({ words: [], forgotten: 0 });
    const { words, forgotten } = groups[group] as Group;
    words.push(word);
    counts[word] = 1;
    missed[word] = forgotten;
  };

  const most = (word: number) => (counts[word] as number) + (missed[word] as number);

  /** Each group keeps its share of half the room: small ones, then, all they have. */
  const prune = () => {
    const share = Math.floor(pruneAbove / 2 / groups.length);
    const kept: [group: number, word: number][] = [];
    const old = { tokens, counts, missed };
    groups = groups.map(({ words, forgotten }, group) => {
      let limit = 0;
      if (words.length > share) {
        // the first that has to go takes along all that are as rare
        const rarest = Uint32Array.from(words, most).sort();
        limit = Math.max(forgotten, rarest[words.length - share - 1] as number);
      }
      for (const word of words) if (most(word) > limit) kept.push([group, word]);
      return { words: [], forgotten: Math.max(forgotten, limit) };
    });
    index = createHashIndex();
    tokens = [];
    counts = new Uint32Array(old.counts.length);
    missed = new Uint32Array(old.missed.length);
    for (const [group, word] of kept) {
      const token = old.tokens[word] as string;
      hashText(hash, token, 0, token.length, group);
      const now = index.add(hash);
      tokens.push(token);
      groups[group]?.words.push(now);
      counts[now] = old.counts[word] as number;
      missed[now] = old.missed[word] as number;
    }
  };

  return {
    add: (text, group = ALL) => {
      const spelled = text.toLowerCase();
      forEachWord(spelled, (start, end) => {
        hashText(hash, spelled, start, end);
        if (stopWords().find(hash) !== -1) return;
        count(spelled, start, end, ALL);
        if (group === ALL) return;
        hashText(hash, spelled, start, end, group);
        count(spelled, start, end, group);
      });
      if (tokens.length > pruneAbove) prune();
    },
    top: (n, group = ALL) => {
      const { words, forgotten } = groups[group] ?? { words: [], forgotten: 0 };
      const sorted = words.toSorted(
        (a, b) =>
          (counts[b] as number) - (counts[a] as number) ||
          ((tokens[a] as string) < (tokens[b] as string) ? -1 : 1),
      );
      const listed = sorted.slice(0, n);
      const least = listed.length < n ? 0 : (counts[listed.at(-1) as number] as number);
      const isExact =
        forgotten === 0 ||
        (forgotten < least &&
          listed.every((word) => missed[word] === 0) &&
          sorted.slice(n).every((word) => missed[word] === 0 || most(word) < least));
      return {
        tokens: listed.map((word) => ({ token: tokens[word] as string, count: counts[word] as number })),
        error: isExact ? 0 : forgotten,
      };
    },
  };
}

interface Group {
  readonly words: number[];
  /** The most that any of its words had when it was forgotten. */
  readonly forgotten: number;
}

/** Two letters and more. */
function forEachWord(text: string, take: (start: number, end: number) => void): void {
  let start = -1;
  let letters = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const codePoint = text.codePointAt(at) as number;
    const isLetter = categoryOf(codePoint) === LETTER;
    if (isLetter && letters++ === 0) start = at;
    if (!isLetter) {
      if (letters > 1) take(start, at);
      letters = 0;
    }
    if (codePoint > 0xffff) at++;
  }
  if (letters > 1) take(start, at);
}
