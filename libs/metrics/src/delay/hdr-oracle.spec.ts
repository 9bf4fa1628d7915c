import { seededRandom } from '@pathgauge/testing';
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { DelayDistribution } from './delay-distribution';

const PERCENTILES = [
  ['medianNs', 50],
  ['p90Ns', 90],
  ['p95Ns', 95],
  ['p99Ns', 99],
  ['p999Ns', 99.9],
] as const;
/** Three significant digits: an HdrHistogram tells a value to within 1 in 1000 of it; we tell it to 1 in 2048. */
const TOLERANCE = 1 / 1000 + 1 / 2048;

// HdrHistogram holds no negative values, so its samples are positive; ours are moved below zero and back.
it.each([0, -7_000_000_000])('agrees with HdrHistogram on percentiles, moved by %d ns', (shift) => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 5000, max: 20_000 }), (seed, count) => {
      const random = seededRandom(seed);
      const theirs = build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: 2 ** 40,
        numberOfSignificantValueDigits: 3,
      });
      const ours = new DelayDistribution();
      // The smallest value comes first: bins are finest there, as HdrHistogram's are about 0.
      const samples = [1, ...Array.from({ length: count - 1 }, () => Math.round(1000 / (1 - random()) ** 1.5))];
      for (const sample of samples) {
        const value = Math.min(sample, 1e12);
        theirs.recordValue(value);
        ours.record(value + shift);
      }
      const told = ours.snapshot(-shift);
      for (const [name, percentile] of PERCENTILES) {
        const value = theirs.getValueAtPercentile(percentile);
        // The median of an even count is the mean of two neighbours here, the lower of them there: below a bin's width.
        expect(Math.abs((told?.[name] as number) - value)).toBeLessThanOrEqual(value * TOLERANCE + 1);
      }
      expect([told?.count, told?.maxNs]).toStrictEqual([theirs.totalCount, Math.min(Math.max(...samples), 1e12)]);
    }),
    { numRuns: 40 },
  );
});
