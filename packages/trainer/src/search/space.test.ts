import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveRunOptions, runOptionsSchema } from '../training/options.ts';
import {
  changedSettings,
  checkSpace,
  configurations,
  defaultSpace,
  parseSpace,
  type Space,
} from './space.ts';

const base = (model: string) => resolveRunOptions({ model, trainFile: 'reviews.csv', output: 'runs/tune' });

describe('configurations', () => {
  const space = defaultSpace(base('micro'));

  test('begin with the defaults, are all different, and valid options of a run', () => {
    const all = configurations(base('micro'), space, 40);
    expect(all[0]).toEqual(base('micro'));
    expect(new Set(all.map((one) => JSON.stringify(changedSettings(one, base('micro'))))).size).toBe(40);
    for (const options of all) expect(runOptionsSchema.parse(options)).toEqual(options);
  });

  test('do not depend on how many are asked for, nor on what else is varied', () => {
    const all = configurations(base('micro'), space, 30);
    expect(configurations(base('micro'), space, 7)).toEqual(all.slice(0, 7));
    const { learningRate } = space;
    const rates = configurations(base('micro'), { learningRate } as Space, 30).map((one) => one.learningRate);
    expect(rates).toEqual(all.map((one) => one.learningRate));
  });

  test('are others with another seed', () => {
    const [seven, eight] = [7, 8].map((seed) =>
      configurations({ ...base('micro'), seed }, space, 5).slice(1),
    );
    expect(seven?.map((one) => one.learningRate)).not.toEqual(eight?.map((one) => one.learningRate));
  });

  test('stay within the space, and have numbers of their own loss only', () => {
    const all = configurations(base('micro'), space, 200).slice(1);
    for (const { learningRate, loss, maxLength } of all) {
      expect(learningRate).toBeGreaterThanOrEqual(1e-4);
      expect(learningRate).toBeLessThanOrEqual(1e-3);
      expect([64, 128, 256]).toContain(maxLength);
      expect(Object.keys(loss).filter((name) => name !== 'kind')).toEqual(
        loss.kind === 'focal' ? ['gamma'] : 'labelSmoothing' in loss ? ['labelSmoothing'] : [],
      );
    }
    // log-uniform: half below the geometric mean
    const below = all.filter(({ learningRate }) => learningRate < Math.sqrt(1e-4 * 1e-3)).length;
    expect(below).toBeGreaterThan(75);
    expect(below).toBeLessThan(125);
  });

  test('are as many as a small space has', () => {
    const all = configurations(base('linear'), defaultSpace(base('linear')), 50);
    expect(all).toHaveLength(9);
    expect(new Set(all.map(({ classWeights, cleaning }) => `${classWeights} ${cleaning.preset}`)).size).toBe(
      9,
    );
  });
});

describe('the default space', () => {
  test('leaves out what is settled', () => {
    expect(Object.keys(defaultSpace(base('micro'), ['learningRate', 'batchSize']))).not.toContain(
      'batchSize',
    );
    expect(() => defaultSpace(base('linear'), ['classWeights', 'cleaning'])).toThrow(/settled by flags/);
  });

  test('has lower rates for what is trained already', () => {
    expect(defaultSpace(base('./a-bert')).learningRate).toEqual({ min: 1e-5, max: 1e-4, scale: 'log' });
  });
});

describe('a space that was written', () => {
  test('has lists, ranges and single values', () => {
    const space = parseSpace(
      {
        learningRate: { min: 1e-5, max: 1e-4, scale: 'log' },
        gamma: { min: 0, max: 3 },
        loss: 'focal',
        maxLength: [32, 64],
      },
      'space.yaml',
    );
    expect(space).toEqual({
      learningRate: { min: 1e-5, max: 1e-4, scale: 'log' },
      gamma: { min: 0, max: 3, scale: 'linear' },
      loss: ['focal'],
      maxLength: [32, 64],
    });
  });

  test('draws whole numbers where they are asked for, from end to end', () => {
    const space = parseSpace({ batchSize: { min: 8, max: 11, scale: 'int' } }, 'space.yaml');
    const sizes = configurations({ ...base('micro'), batchSize: 8 }, space, 99).map((one) => one.batchSize);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([8, 9, 10, 11]);
  });

  test.each([
    [
      { learningRate: { min: 1e-4, max: 1e-5, scale: 'log' } },
      /space\.yaml: learningRate: min must be below max/,
    ],
    [{ learningRate: { min: 0, max: 1e-5, scale: 'log' } }, /learningRate: a log scale begins above zero/],
    [{ learningRate: { min: 1e-5, max: 1e-4, scale: 'logarithmic' } }, /learningRate\.scale: /],
    [{ learningRate: { min: 1e-5 } }, /learningRate\.max: /],
    [{ learningRate: ['high'] }, /learningRate cannot be "high"/],
    [{ learningRate: { min: -1, max: 1 } }, /learningRate cannot be -1/],
    [{ maxLength: { min: 32, max: 64 } }, /maxLength takes whole numbers only/],
    [{ batchSize: { min: 1.5, max: 64, scale: 'int' } }, /min and max are whole numbers/],
    [{ loss: { min: 1, max: 2 } }, /loss cannot be 1/],
    [{ loss: ['hinge'] }, /loss cannot be "hinge"/],
    [{ loss: [] }, /loss has no choices/],
    [{ dropout: [1] }, /dropout cannot be 1/],
    [{ epochs: [1, 2] }, /epochs are what the search has to spend/],
    [{ lerningRate: [1] }, /there is no "lerningRate" to vary/],
    [{}, /nothing to vary/],
    [['loss'], /not a list of options/],
  ])('as %j is refused', (written, message) => {
    expect(() => parseSpace(written, 'space.yaml')).toThrow(message);
  });

  test('is read, or refused as what the user can mend, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('learningRate', 'loss', 'maxLength', 'cleaning'), fc.jsonValue()),
        (written) => {
          try {
            for (const options of configurations(base('micro'), parseSpace(written, 'space.yaml'), 4)) {
              expect(runOptionsSchema.safeParse(options).success).toBe(true);
            }
          } catch (error) {
            expect(error).toMatchObject({ code: 'options.space' });
          }
        },
      ),
    );
  });

  test('with what a linear model has no use for is refused', () => {
    expect(() => checkSpace({ learningRate: [1e-3] }, base('linear'))).toThrow(/no use for learningRate/);
    expect(() => checkSpace({ classWeights: ['none'] }, base('linear'))).not.toThrow();
  });
});
