import { anyWorld, seededRandom, simulate } from '@pathgauge/testing';
import fc from 'fast-check';
import { calm, runOf, seeds, stepsOf, worstExcess } from '../../test/clock-runs';

describe('steps', () => {
  const heights = fc.constantFrom(2e7, -3e7, 5e7, 7e8, -4e10);

  it.each([1, 2, 3])('counts %d, where they are', (count) => {
    fc.assert(
      fc.property(
        seeds,
        heights,
        fc.array(fc.integer({ min: 20, max: 280 }), { minLength: 3, maxLength: 3 }),
        (seed, heightNs, gaps) => {
          const places = gaps.slice(0, count).map((_, i) => gaps.slice(0, i + 1).reduce((a, b) => a + b, 0));
          const world = calm({ skew: 2e-5, steps: places.map((before) => ({ before, heightNs })) });
          const session = simulate(world, seededRandom(seed));
          const told = runOf(session.exchanges);
          expect(told.stepsAt).toStrictEqual(places);
          expect(told.clock.steps).toBe(count);
          expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  // The first window's first 3584 are settled: around there, and around its end, a step must not be found twice.
  it.each([3071, 3583, 3584, 3585, 4090, 4095, 4096, 4097, 6144])('counts one before exchange %d once', (before) => {
    const session = simulate(calm({ count: 9000, steps: [{ before, heightNs: 4e7 }] }), seededRandom(before));
    const told = runOf(session.exchanges);
    expect(told.stepsAt).toStrictEqual([before]);
    expect(told.clock.steps).toBe(1);
    expect(told.indices).toHaveLength(9000);
    expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
  });

  it('proves one by contradiction where there are few exchanges', () => {
    fc.assert(
      fc.property(seeds, heights, fc.integer({ min: 1, max: 4 }), (seed, heightNs, before) => {
        // More than a round trip (11 ms) within 10 ms: no clock runs like that.
        const session = simulate(calm({ count: 5, steps: [{ before, heightNs }] }), seededRandom(seed));
        const told = runOf(session.exchanges);
        expect(told.stepsAt).toStrictEqual([before]);
        expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });

  it.each([2.5e9, -8e8, -3.6e12])(
    'counts one of %d ns once, though packets overtake each other meanwhile',
    (heightNs) => {
      // 3000 exchanges 10 ms apart, up to 50 ms under way: at the step those of before and of after are mixed.
      const late = (floor: number) => (_: number, random: () => number) => floor + 4e7 * random();
      for (let seed = 0; seed < 20; seed++) {
        const jumps = [{ at: 1e10 + 1e9 * seed, heightNs }];
        const session = simulate(
          { count: 3000, spacingNs: 1e7, up: late(1e7), down: late(1e7), jumps },
          seededRandom(seed),
        );
        expect(runOf(session.exchanges).clock.steps).toBe(1);
      }
    },
  );

  it('sees none in queues, losses and skew', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        expect(stepsOf(anyWorld(random, 8, 300), seed)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
