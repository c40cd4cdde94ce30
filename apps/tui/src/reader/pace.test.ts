import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

test('pictures that cost take turns with pauses in which they are paid, within bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1 }), (costs) => {
      let used = 7000; // what was used before does not count
      const nextWait = createPace(() => used);
      for (const cost of costs) {
        used += cost;
        const wait = nextWait();
        expect(wait).toBeGreaterThanOrEqual(1000);
        expect(wait).toBeLessThanOrEqual(3000);
        if (wait < 3000) expect(cost / wait).toBeLessThanOrEqual(0.05);
      }
    }),
  );
});
