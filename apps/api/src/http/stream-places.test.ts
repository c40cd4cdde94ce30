import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type StreamPlace, streamPlaces } from './stream-places.ts';

test('one client may have all places, and has to leave those to another that the other has fewer of', () => {
  let taken = 0;
  const { take } = streamPlaces(4, (now) => {
    taken = now;
  });
  const [first, second, third] = Array.from({ length: 4 }, () => take('greedy'));
  expect(() => take('greedy')).toThrow('as many streams');
  take('modest').giveBack();
  expect([first, second, third].map((place) => place?.taken.aborted)).toEqual([true, false, false]);
  take('modest');
  take('modest');
  expect([second, third].map((place) => place?.taken.aborted)).toEqual([true, false]);
  expect(() => take('modest')).toThrow('as many streams');
  first?.giveBack();
  second?.giveBack();
  expect(taken).toBe(4);
});

test('whoever comes and goes, no more are taken than there are, none is lost, and nobody is refused beside one with two more', () => {
  const step = fc.record({ client: fc.constantFrom('a', 'b', 'c'), isLeaving: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (places, steps) => {
      let taken = 0;
      const { take } = streamPlaces(places, (now) => {
        taken = now;
      });
      const held: (StreamPlace & { client: string })[] = [];
      const open = () => held.filter((place) => !place.taken.aborted);
      const of = (name: string) => open().filter(({ client }) => client === name).length;
      for (const { client, isLeaving } of steps) {
        const leaving = isLeaving ? held.findIndex((place) => place.client === client) : -1;
        if (leaving !== -1) held.splice(leaving, 1)[0]?.giveBack();
        else {
          try {
            held.push({ ...take(client), client });
          } catch {
            expect(open()).toHaveLength(places);
            expect(Math.max(...['a', 'b', 'c'].map(of))).toBeLessThanOrEqual(of(client) + 1);
          }
        }
        expect(taken).toBe(open().length);
        expect(taken).toBeLessThanOrEqual(places);
      }
    }),
  );
});
