/**
 * What a set of delays looks like, in nanoseconds. A percentile is absent where the count cannot carry it: p90 below 10,
 * p95 below 20, p99 below 100, p99.9 below 1000. `stddevNs` is the sample standard deviation (n - 1), absent below 2.
 */
export interface Distribution {
  readonly count: number;
  readonly minNs: number;
  readonly meanNs: number;
  readonly stddevNs: number | undefined;
  readonly medianNs: number;
  readonly p90Ns: number | undefined;
  readonly p95Ns: number | undefined;
  readonly p99Ns: number | undefined;
  readonly p999Ns: number | undefined;
  readonly maxNs: number;
}
