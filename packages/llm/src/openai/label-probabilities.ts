/**
 * Probabilities of the labels from the log probabilities that a server tells of its tokens. It tells them along the answer
 * that it gave, with the likeliest alternatives at each token: followed until only one label is possible, they say how
 * likely each label was. Alternatives that can lead to no label count for nothing, as if a grammar had forbidden them.
 * What is not among the alternatives that are told counts as zero.
 */

export interface TokenAlternatives {
  /** of the answer's token */
  readonly bytes: Uint8Array;
  /** with the token itself or without */
  readonly alternatives: readonly { readonly bytes: Uint8Array; readonly logprob: number }[];
  readonly logprob: number;
}

/**
 * @param tokens of the whole answer, in order
 * @returns probabilities [labels], summing to one; undefined where the tokens do not hold the answer's label
 */
export function labelProbabilities(
  tokens: readonly TokenAlternatives[],
  labels: readonly string[],
): number[] | undefined {
  const answer = Buffer.concat(tokens.map(({ bytes }) => bytes));
  const opening = /"label"\s*:\s*"/.exec(answer.toString('latin1')); // one character a byte
  if (opening === null) return undefined;
  const start = opening.index + opening[0].length;
  const values = labels.map((label) => Buffer.from(JSON.stringify(label).slice(1)).toString('latin1'));
  const possibleAfter = (value: string) =>
    values.flatMap((label, id) => (label.startsWith(value) || value.startsWith(label) ? [id] : []));

  const probabilities = labels.map(() => 0);
  let mass = 1;
  let end = 0;
  for (const { bytes, logprob, alternatives } of tokens) {
    const begin = end;
    end += bytes.length;
    if (end <= start) continue;
    // a token may hold what comes before the value, too
    const prefix = answer.toString('latin1', Math.min(begin, start), start);
    const said = answer.toString('latin1', start, Math.max(begin, start));
    const options = new Map([
      ...alternatives.map((option): [string, number] => [latin1(option.bytes), option.logprob]),
      [latin1(bytes), logprob],
    ]);
    const roads = [...options]
      .filter(([token]) => token.startsWith(prefix))
      .map(([token, logp]) => ({
        token,
        weight: Math.exp(logp),
        labels: possibleAfter(said + token.slice(prefix.length)),
      }))
      .filter((road) => road.labels.length > 0);
    const total = roads.reduce((sum, { weight }) => sum + weight, 0);
    const taken = roads.find(({ token }) => token === latin1(bytes));
    if (taken === undefined || total === 0) return undefined;
    for (const road of roads) {
      if (road === taken && road.labels.length > 1) continue;
      const share = (mass * road.weight) / total / road.labels.length;
      for (const id of road.labels) probabilities[id] = (probabilities[id] as number) + share;
    }
    if (taken.labels.length === 1) return probabilities;
    mass *= taken.weight / total;
  }
  return undefined;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
