/** The most frequent words, without those that every text has. */
export interface TokenCount {
  readonly token: string;
  readonly count: number;
}

const STOP_WORDS = new Set(
  `а бы был была были было быть в во вот все всё вы да для до его ее её если есть еще ещё же за и из или им их к как
  когда которые который ли мне мы на над не нет ни но ну о об он она они оно от очень по под при про с со так также там
  то только тоже ту ты у уже хоть что чтобы эта эти это этот я меня мой моя чем этого была просто того после потому`.split(
    /\s+/,
  ),
);

/** Above this many distinct words the rarest so far are forgotten, until half are left: so it happens seldom. */
const PRUNE_ABOVE = 500_000;

export function createTokenCounts() {
  const counts = new Map<string, number>();
  return {
    add: (text: string): void => {
      for (const [token] of text.toLowerCase().matchAll(/\p{L}{2,}/gu)) {
        if (!STOP_WORDS.has(token)) counts.set(token, (counts.get(token) ?? 0) + 1);
      }
      if (counts.size <= PRUNE_ABOVE) return;
      for (let rarest = 1; counts.size > PRUNE_ABOVE / 2; rarest++)
        for (const [token, count] of counts) if (count <= rarest) counts.delete(token);
    },
    top: (n: number): TokenCount[] =>
      [...counts]
        .sort(([a, m], [b, k]) => k - m || (a < b ? -1 : 1))
        .slice(0, n)
        .map(([token, count]) => ({ token, count })),
  };
}
