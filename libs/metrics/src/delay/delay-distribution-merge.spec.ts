import type { Distribution } from '@pathgauge/result';
import fc from 'fast-check';
import {
  ascending,
  distributionOf,
  expectClose,
  expectSame,
  few,
  many,
  manyRuns,
  merged,
  oneTo,
  overTheWire,
  referenceOf,
  sampleSets,
  smallestOfFirst,
} from '../../test/distributions';
import { DelayDistribution } from './delay-distribution';

describe('snapshot(shift)', () => {
  const shifts = fc.integer({ min: -1e15, max: 1e15 });
  const law = (samples: number[], shift: number) => {
    const shifted = samples.map((sample) => sample + shift);
    const expected = distributionOf(shifted).snapshot() as Distribution;
    // The mean of the samples as they are is rounded where they are, not where they are moved to.
    expectSame(distributionOf(samples).snapshot(shift), expected, Math.abs(shift) * 2 ** -50);
  };

  it('is the distribution of shifted samples while it is exact', () => {
    fc.assert(fc.property(few, shifts, law));
  });

  it('is the distribution of shifted samples beyond', () => {
    fc.assert(fc.property(many, shifts, law), manyRuns);
  });

  it('leaves the distribution where it was', () => {
    const distribution = distributionOf([10, 20]);
    expect(distribution.snapshot(-10)).toMatchObject({ minNs: 0, meanNs: 5, medianNs: 5, maxNs: 10 });
    expect(distribution.snapshot()).toMatchObject({ minNs: 10, meanNs: 15, medianNs: 15, maxNs: 20 });
  });
});

describe('merge', () => {
  it('equals replay of both while they are few', () => {
    fc.assert(fc.property(few, few, (a, b) => expectSame(merged(a, b).snapshot(), referenceOf([...a, ...b]))));
  });

  it.each([
    ['two that are exact', sampleSets(2048, 4096), sampleSets(2049, 4096)],
    ['an exact one with a binned one', few, many],
    ['a binned one with an exact one', many, few],
    ['two that are binned', many, many],
  ])('is within a bin of replay: %s', (_, left, right) => {
    fc.assert(
      fc.property(left, right, (a, b) => {
        // Values of `b` are rounded to its own bins first, then to those of `a`.
        expectClose(merged(a, b).snapshot(), [...a, ...b], [smallestOfFirst(a), smallestOfFirst(b)]);
      }),
      manyRuns,
    );
  });

  it('is exact up to 4096 of both together', () => {
    const [a, b] = [oneTo(2000).map((n) => n * 1e7), oneTo(2096).map((n) => n * 1e7 + 1)];
    expectSame(merged(a, b).snapshot(), referenceOf([...a, ...b]));
  });

  it('with nothing changes nothing', () => {
    const samples = [3, 1, 2];
    expect(merged(samples, []).snapshot()).toStrictEqual(distributionOf(samples).snapshot());
    expect(merged([], samples).snapshot()).toStrictEqual(distributionOf([1, 2, 3]).snapshot());
    expect(merged([], []).snapshot()).toBeUndefined();
  });

  it('moves what it adds, and nothing else', () => {
    const shifts = fc.integer({ min: -1e15, max: 1e15 });
    fc.assert(
      fc.property(few, few, shifts, (a, b, shift) => {
        expectSame(merged(a, b, shift).snapshot(), referenceOf([...a, ...b.map((sample) => sample + shift)]));
      }),
    );
  });

  it('goes on recording, and leaves the other as it was', () => {
    const [a, b] = [distributionOf(oneTo(3000)), distributionOf(oneTo(2000))];
    const before = b.snapshot();
    a.merge(b);
    for (let n = 0; n < 1000; n++) a.record(-n);
    // 3000 x 3001 / 2 + 2000 x 2001 / 2 - 999 x 1000 / 2 = 6 003 000; over 6000.
    expect(a.snapshot()).toMatchObject({ count: 6000, minNs: -999, maxNs: 3000 });
    expect(a.snapshot()?.meanNs).toBeCloseTo(1000.5, 9);
    expect(b.snapshot()).toStrictEqual(before);
  });
});

describe('state', () => {
  it('is plain, ascending and adds up', () => {
    expect(distributionOf([7, -2, 7, 0]).state()).toStrictEqual({
      count: 4,
      meanNs: 3,
      // 25 + 16 + 16 + 9
      sumSquares: 66,
      minNs: -2,
      maxNs: 7,
      referenceNs: -2,
      bins: [
        [-2, 1],
        [0, 1],
        [7, 2],
      ],
    });
  });

  it('holds every sample once, in ascending bins', () => {
    fc.assert(
      fc.property(many, (samples) => {
        const { bins, count } = distributionOf(samples).state();
        expect(bins.reduce((sum, [, occurrences]) => sum + occurrences, 0)).toBe(count);
        expect(bins.map(([value]) => value)).toStrictEqual(ascending(bins.map(([value]) => value)));
      }),
      manyRuns,
    );
  });

  it('is the same again after JSON while it is exact', () => {
    fc.assert(
      fc.property(few, (samples) => {
        const original = distributionOf(samples);
        expectSame(overTheWire(original).snapshot(), original.snapshot() as Distribution);
        expect(overTheWire(original).state().bins).toStrictEqual(original.state().bins);
      }),
    );
  });

  it('is the same again after JSON beyond, when the smallest came among the first', () => {
    fc.assert(
      fc.property(many, (samples) => {
        const original = distributionOf([Math.min(...samples), ...samples]);
        expectSame(overTheWire(original).snapshot(), original.snapshot() as Distribution);
      }),
      manyRuns,
    );
  });

  const shifts = fc.integer({ min: -1e12, max: 1e12 });

  it.each([
    ['while it is exact', few, 100],
    ['beyond', many, manyRuns.numRuns],
  ])('moved is the state of moved samples: %s', (_, samples, numRuns) => {
    fc.assert(
      fc.property(samples, shifts, (given, shift) => {
        const { meanNs, sumSquares, ...exact } = distributionOf(given).state(shift);
        const moved = distributionOf(given.map((sample) => sample + shift)).state();
        expect(exact).toMatchObject({ minNs: moved.minNs, maxNs: moved.maxNs, referenceNs: moved.referenceNs });
        expect(exact.bins).toStrictEqual(moved.bins);
        expect(Math.abs(meanNs - moved.meanNs)).toBeLessThanOrEqual(1);
        expect(Math.abs(sumSquares - moved.sumSquares)).toBeLessThanOrEqual(1e-9 * moved.sumSquares);
      }),
      { numRuns },
    );
  });

  // 5000 replies around 50 ms, then one at 10 ms: the copy's bins start at 10 ms and are 16 us wide around 50 ms.
  it('is the same again after JSON beyond, whenever the smallest came', () => {
    const original = distributionOf([...oneTo(5000).map((n) => 5e7 + n), 1e7]);
    expectSame(overTheWire(original).snapshot(), original.snapshot() as Distribution);
  });

  it('tells values that fall together, moved so far, as one', () => {
    const distribution = new DelayDistribution();
    for (const value of [0, 1, 2, 300, 301]) distribution.record(value);
    // About 2^60 a number is a multiple of 256: 0 to 2 become 2^60, 300 and 301 the next one.
    expect(distribution.state(2 ** 60).bins).toStrictEqual([
      [2 ** 60, 3],
      [2 ** 60 + 256, 2],
    ]);
  });
});
