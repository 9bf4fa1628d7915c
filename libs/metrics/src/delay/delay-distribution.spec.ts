import type { Distribution } from '@pathgauge/result';
import fc from 'fast-check';
import {
  distributionOf,
  EXACT_LIMIT,
  expectClose,
  expectSame,
  few,
  many,
  manyRuns,
  oneTo,
  referenceOf,
  smallestOfFirst,
} from '../../test/distributions';
import { DelayDistribution } from './delay-distribution';

describe('DelayDistribution', () => {
  it('has no answer before the first sample', () => {
    const distribution = new DelayDistribution();
    expect(distribution.snapshot()).toBeUndefined();
    expect(distribution.count).toBe(0);
    expect(distribution.minNs).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    // sqrt(((10 - 15)^2 + (20 - 15)^2) / (2 - 1)) = sqrt(50)
    ['two', [10, 20], { minNs: 10, meanNs: 15, stddevNs: 7.0710678, medianNs: 15, maxNs: 20 }],
    // mean 6; squares 16 + 1 + 25 = 42; sqrt(42 / 2) = 4.5825757
    ['three, unordered', [11, 2, 5], { minNs: 2, meanNs: 6, stddevNs: 4.5825757, medianNs: 5, maxNs: 11 }],
    ['one', [-7], { minNs: -7, meanNs: -7, stddevNs: undefined, medianNs: -7, maxNs: -7 }],
    ['the same', [4, 4, 4, 4], { minNs: 4, meanNs: 4, stddevNs: 0, medianNs: 4, maxNs: 4 }],
    // mean -2.5; squares 2 x (1.5^2 + 0.5^2) = 5; sqrt(5 / 3) = 1.2909944
    ['negative', [-1, -4, -2, -3], { minNs: -4, meanNs: -2.5, stddevNs: 1.2909944, medianNs: -2.5, maxNs: -1 }],
  ])('%s', (_, samples, { stddevNs, ...expected }) => {
    const { stddevNs: deviation, ...rest } = distributionOf(samples).snapshot() as Distribution;
    const absent = { p90Ns: undefined, p95Ns: undefined, p99Ns: undefined, p999Ns: undefined };
    expect(rest).toStrictEqual({ count: samples.length, ...expected, ...absent });
    if (stddevNs === undefined) expect(deviation).toBeUndefined();
    else expect(deviation).toBeCloseTo(stddevNs, 7);
  });

  it('1 to 1000 by nearest rank', () => {
    // The 900th, 950th, 990th and 999th; variance of 1..n with n - 1: n (n + 1) / 12 = 83 416.67.
    const { stddevNs, ...rest } = distributionOf(oneTo(1000).reverse()).snapshot() as Distribution;
    expect(rest).toStrictEqual({
      count: 1000,
      minNs: 1,
      meanNs: 500.5,
      medianNs: 500.5,
      p90Ns: 900,
      p95Ns: 950,
      p99Ns: 990,
      p999Ns: 999,
      maxNs: 1000,
    });
    expect(stddevNs).toBeCloseTo(Math.sqrt(83_416.666_666_666_7), 6);
  });

  it.each([
    ['p90Ns', 10, 9],
    ['p95Ns', 20, 19],
    ['p99Ns', 100, 99],
    ['p999Ns', 1000, 999],
  ] as const)('%s needs %d samples', (key, needs, expected) => {
    const distribution = distributionOf(oneTo(needs - 1));
    expect(distribution.snapshot()?.[key]).toBeUndefined();
    distribution.record(needs);
    expect(distribution.snapshot()?.[key]).toBe(expected);
  });

  it('equals two passes over all samples while it is exact', () => {
    fc.assert(fc.property(few, (samples) => expectSame(distributionOf(samples).snapshot(), referenceOf(samples))));
  });

  it.each([64, 65, 128, 2048, 2049, EXACT_LIMIT])('is exact for %d samples', (count) => {
    const samples = oneTo(count).map((value) => 1e15 + ((value * 7_368_787) % 1e9));
    expectSame(distributionOf(samples).snapshot(), referenceOf(samples));
  });

  it('stays within a bin of two passes beyond 4096 samples', () => {
    fc.assert(
      fc.property(many, (samples) =>
        expectClose(distributionOf(samples).snapshot(), samples, [smallestOfFirst(samples)]),
      ),
      manyRuns,
    );
  });

  it.each([
    ['the first sample past the limit is the smallest', [...oneTo(EXACT_LIMIT).map((n) => n * 1e6), -5e9]],
    ['the first sample past the limit is the largest', [...oneTo(EXACT_LIMIT).map((n) => n * 1e6), 7e12]],
    // 50 ms, then the route gets shorter.
    ['most samples lie below the first 4096', oneTo(10_001).map((n) => (n <= EXACT_LIMIT ? 5e7 + n : 1e7 - n))],
    ['a peer 11 days ahead, 20 us of spread', oneTo(9001).map((n) => 1e15 + ((n * 7919) % 20_011))],
    ['a constant', oneTo(5000).map(() => -123_456_789)],
  ])('%s', (_, samples) => {
    expectClose(distributionOf(samples).snapshot(), samples, [smallestOfFirst(samples)]);
  });

  it('never puts a percentile outside the extremes', () => {
    // 4096 and 4097 share a bin of width 4 whose middle is 4098.
    const { medianNs, p999Ns, maxNs } = distributionOf([0, ...oneTo(5000).map((n) => 4096 + (n % 2))]).snapshot() ?? {};
    expect({ medianNs, p999Ns, maxNs }).toStrictEqual({ medianNs: 4097, p999Ns: 4097, maxNs: 4097 });
  });

  it('keeps the deviation under a huge common offset', () => {
    // 10 and 20 in turn, 5000 of each: sum of squares 10 000 x 25 over 9999.
    const distribution = distributionOf(oneTo(10_000).map((n) => 9e15 + (n % 2 === 0 ? 10 : 20)));
    expect(distribution.snapshot()?.meanNs).toBe(9e15 + 15);
    expect(distribution.snapshot()?.stddevNs).toBeCloseTo(Math.sqrt(250_000 / 9999), 9);
  });

  // A due instant need not be whole: 1500 bytes at 7 Mbit/s leave every 12/7 ms.
  it('counts samples that are not whole beyond 4096', () => {
    const samples = oneTo(6000).map((n) => (n % 1000) + (n % 3) / 3);
    const { medianNs, p99Ns } = distributionOf(samples).snapshot() as Distribution;
    expect(Math.abs(medianNs - 500)).toBeLessThanOrEqual(1);
    expect(Math.abs((p99Ns as number) - 989.5)).toBeLessThanOrEqual(1);
  });

  it('tells count and minimum as they stand', () => {
    const distribution = distributionOf([5, -3, 9]);
    expect([distribution.count, distribution.minNs]).toStrictEqual([3, -3]);
  });

  it.each([
    ['exact', 100],
    ['binned', 5000],
  ])('does not change a snapshot already taken: %s', (_, count) => {
    const distribution = distributionOf(oneTo(count));
    const [before, state] = [distribution.snapshot(), distribution.state()];
    const copies = structuredClone([before, state]);
    for (let n = 0; n < 5000; n++) distribution.record(1e9 + n);
    expect([before, state]).toStrictEqual(copies);
    expect(distribution.snapshot()?.maxNs).toBe(1e9 + 4999);
  });
});
