import type { Distribution } from '@pathgauge/result';
import fc from 'fast-check';
import { DelayDistribution, type DistributionState } from './delay-distribution';

const EXACT_LIMIT = 4096;
// Half a bin of 1 in 1024 to 2047, at its lower edge: 1/2048.
const BIN_ERROR = 1 / 2048;

const distributionOf = (samples: Iterable<number>): DelayDistribution => {
  const distribution = new DelayDistribution();
  for (const sample of samples) distribution.record(sample);
  return distribution;
};

const merged = (a: Iterable<number>, b: Iterable<number>, shift?: number): DelayDistribution => {
  const distribution = distributionOf(a);
  distribution.merge(distributionOf(b), shift);
  return distribution;
};

const overTheWire = (distribution: DelayDistribution): DelayDistribution => {
  const copy = new DelayDistribution();
  copy.add(JSON.parse(JSON.stringify(distribution.state())) as DistributionState);
  return copy;
};

const ascending = (samples: readonly number[]): number[] => [...samples].sort((a, b) => a - b);
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Two passes over sorted integers, the sums without rounding: n sum(x^2) - sum(x)^2 = n (n - 1) variance. */
function referenceOf(samples: readonly number[]): Distribution {
  const sorted = ascending(samples);
  const count = sorted.length;
  const integers = sorted.map(BigInt);
  const sum = integers.reduce((total, value) => total + value, 0n);
  const squares = integers.reduce((total, value) => total + value * value, 0n);
  const n = BigInt(count);
  /** Nearest rank, RFC 2330 section 11.3: the smallest value that at least `perMille` of all do not exceed. */
  const percentile = (perMille: number, needs: number) =>
    count < needs ? undefined : sorted[Math.floor((perMille * count + 999) / 1000) - 1];
  return {
    count,
    minNs: sorted[0] as number,
    meanNs: Number(sum / n) + Number(sum % n) / count,
    stddevNs: count < 2 ? undefined : Math.sqrt(Number(n * squares - sum * sum) / count / (count - 1)),
    medianNs: ((sorted[(count - 1) >> 1] as number) + (sorted[count >> 1] as number)) / 2,
    p90Ns: percentile(900, 10),
    p95Ns: percentile(950, 20),
    p99Ns: percentile(990, 100),
    p999Ns: percentile(999, 1000),
    maxNs: sorted.at(-1) as number,
  };
}

/** Everything but the moments to the digit; the moments to the rounding that a spread and an offset of this size allow. */
/** `rounding`: of the mean, beyond that of the values. */
function expectSame(actual: Distribution | undefined, expected: Distribution, rounding = 0): void {
  const { meanNs, stddevNs, ...exact } = actual as Distribution;
  const { meanNs: expectedMean, stddevNs: expectedDeviation, ...rest } = expected;
  expect(exact).toStrictEqual(rest);
  expectMoments({ meanNs, stddevNs }, expected, rounding);
}

function expectMoments(actual: Pick<Distribution, 'meanNs' | 'stddevNs'>, expected: Distribution, more = 0): void {
  const { minNs, maxNs, meanNs, stddevNs } = expected;
  const rounding = more + (maxNs - minNs) * 1e-12 + Math.max(Math.abs(minNs), Math.abs(maxNs)) * 2 ** -50;
  expect(Math.abs(actual.meanNs - meanNs)).toBeLessThanOrEqual(rounding);
  if (stddevNs === undefined) expect(actual.stddevNs).toBeUndefined();
  else expect(Math.abs((actual.stddevNs as number) - stddevNs)).toBeLessThanOrEqual((maxNs - minNs) * 1e-9);
}

/** Percentiles off by no more than a bin at their distance from each of `references`, everything else as in `expectSame`. */
function expectClose(
  actual: Distribution | undefined,
  samples: readonly number[],
  references: readonly number[],
): void {
  const expected = referenceOf(samples);
  const sorted = ascending(samples);
  const { count, minNs, maxNs, ...found } = actual as Distribution;
  expect({ count, minNs, maxNs }).toStrictEqual({
    count: expected.count,
    minNs: expected.minNs,
    maxNs: expected.maxNs,
  });
  expectMoments(found, expected);
  const allowed = (value: number) =>
    references.reduce((sum, reference) => sum + Math.abs(value - reference) * BIN_ERROR, references.length - 1);
  for (const key of ['p90Ns', 'p95Ns', 'p99Ns', 'p999Ns'] as const) {
    const value = expected[key] as number;
    expect(Math.abs((found[key] as number) - value)).toBeLessThanOrEqual(allowed(value));
  }
  const [lower, upper] = [sorted[(count - 1) >> 1], sorted[count >> 1]] as [number, number];
  const error = Math.abs(found.medianNs - expected.medianNs);
  expect(error).toBeLessThanOrEqual((allowed(lower) + allowed(upper)) / 2);
}

const smallestOfFirst = (samples: readonly number[]): number => Math.min(...samples.slice(0, EXACT_LIMIT));

/** Delays of very different sizes and either sign, on top of what a peer's clock may be off: exact up to 2^53. */
const offsets = fc.constantFrom(0, 1e15, -1e15, 123_456_789_012);
const delays = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.integer({ min: 0, max: 1e8 }),
  fc.integer({ min: -1e13, max: 1e13 }),
);
const sampleSets = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(offsets, fc.noShrink(fc.array(delays, { minLength, maxLength, size: 'max' })))
    .map(([offset, samples]) => samples.map((sample) => sample + offset));
const few = sampleSets(1, 1500);
const many = sampleSets(EXACT_LIMIT + 1, 6000);
const manyRuns = { numRuns: 20 };

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
