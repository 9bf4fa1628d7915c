import type { InferOutput } from 'valibot';
import { count, fields, number, orUnknown } from './schema';

export const DistributionSchema = fields({
  count,
  minNs: number,
  meanNs: number,
  /** The sample standard deviation (n - 1); not known below 2. */
  stddevNs: orUnknown(number),
  medianNs: number,
  p90Ns: orUnknown(number),
  p95Ns: orUnknown(number),
  p99Ns: orUnknown(number),
  p999Ns: orUnknown(number),
  maxNs: number,
});

/**
 * What a set of delays looks like, in nanoseconds. A percentile is absent where the count cannot carry it: p90 below 10,
 * p95 below 20, p99 below 100, p99.9 below 1000.
 */
export interface Distribution extends InferOutput<typeof DistributionSchema> {}
