import type { Distribution, DistributionState } from '@pathgauge/result';
import fc from 'fast-check';
import { DelayDistribution } from '../src/delay/delay-distribution';

export const EXACT_LIMIT = 4096;
// Half a bin of 1 in 1024 to 2047, at its lower edge: 1/2048.
const BIN_ERROR = 1 / 2048;

export const distributionOf = (samples: Iterable<number>): DelayDistribution => {
  const distribution = new DelayDistribution();
  for (const sample of samples) distribution.record(sample);
  return distribution;
};

export const merged = (a: Iterable<number>, b: Iterable<number>, shift?: number): DelayDistribution => {
  const distribution = distributionOf(a);
  distribution.merge(distributionOf(b), shift);
  return distribution;
};

export const overTheWire = (distribution: DelayDistribution): DelayDistribution => {
  const copy = new DelayDistribution();
  copy.add(JSON.parse(JSON.stringify(distribution.state())) as DistributionState);
  return copy;
};

export const ascending = (samples: readonly number[]): number[] => [...samples].sort((a, b) => a - b);
export const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Two passes over sorted integers, the sums without rounding: n sum(x^2) - sum(x)^2 = n (n - 1) variance. */
export function referenceOf(samples: readonly number[]): Distribution {
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
export function expectSame(actual: Distribution | undefined, expected: Distribution, rounding = 0): void {
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
export function expectClose(
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

export const smallestOfFirst = (samples: readonly number[]): number => Math.min(...samples.slice(0, EXACT_LIMIT));

/** Delays of very different sizes and either sign, on top of what a peer's clock may be off: exact up to 2^53. */
const offsets = fc.constantFrom(0, 1e15, -1e15, 123_456_789_012);
const delays = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.integer({ min: 0, max: 1e8 }),
  fc.integer({ min: -1e13, max: 1e13 }),
);
export const sampleSets = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(offsets, fc.noShrink(fc.array(delays, { minLength, maxLength, size: 'max' })))
    .map(([offset, samples]) => samples.map((sample) => sample + offset));
export const few = sampleSets(1, 1500);
export const many = sampleSets(EXACT_LIMIT + 1, 6000);
export const manyRuns = { numRuns: 20 };
