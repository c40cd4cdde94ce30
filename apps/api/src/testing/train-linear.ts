import { fileURLToPath } from 'node:url';
import { resolveRunOptions, train } from '@otzyv/trainer';

export const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/train.csv', import.meta.url));

export async function trainLinear(output: string, seed = 42): Promise<void> {
  const options = resolveRunOptions({ model: 'linear', trainFile: REVIEWS, output, seed });
  await train(options, { listen: () => undefined }, { overwrite: true });
}
