/**
 * How likely a model finds each of several answers, when it may give no other: they are a tree of tokens, and only where
 * it branches has the model to be asked. This is the distribution that decoding under a grammar draws from.
 */

/**
 * The model's scores of some tokens, after a path of tokens.
 * @returns logits [choices]
 */
export type LogitsAfter = (path: readonly number[], choices: readonly number[]) => Promise<readonly number[]>;

/**
 * @param answers tokens of each; none is the beginning of another
 * @returns probabilities [answers], summing to one
 */
export async function choiceProbabilities(
  answers: readonly (readonly number[])[],
  logitsAfter: LogitsAfter,
): Promise<number[]> {
  const probabilities = answers.map(() => 0);
  const descend = async (ids: readonly number[], depth: number, mass: number): Promise<void> => {
    const [first] = ids.map((id) => answers[id] as readonly number[]);
    if (first === undefined) return;
    if (ids.length === 1) {
      probabilities[ids[0] as number] = mass;
      return;
    }
    const branches = groupedBy(ids, (id) => answers[id]?.[depth]);
    if (branches.size === 1) return descend(ids, depth + 1, mass);
    const choices = [...branches.keys()];
    const shares = softmax(await logitsAfter(first.slice(0, depth), choices));
    for (const [i, branch] of [...branches.values()].entries())
      await descend(branch, depth + 1, mass * (shares[i] as number));
  };
  await descend([...answers.keys()], 0, 1);
  return probabilities;
}

function groupedBy(
  ids: readonly number[],
  tokenOf: (id: number) => number | undefined,
): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const id of ids) {
    const token = tokenOf(id);
    if (token === undefined) throw new RangeError('one answer is the beginning of another');
    groups.set(token, [...(groups.get(token) ?? []), id]);
  }
  return groups;
}

function softmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
