import type { Distribution, ProbeCounts } from '@pathgauge/result';

/** Of so few probes that most percentiles are not known. */
export const delays: Distribution = {
  count: 5,
  minNs: 100e3,
  meanNs: 200e3,
  stddevNs: 50e3,
  medianNs: 214e3,
  p90Ns: undefined,
  p95Ns: undefined,
  p99Ns: undefined,
  p999Ns: undefined,
  maxNs: 12_345_000,
};

/** Of a run in which something of everything happened, and nothing is known by direction. */
export const counts: ProbeCounts = {
  sent: 1000,
  received: 999,
  lost: 1,
  lostUp: undefined,
  lostDown: undefined,
  lostUpRange: undefined,
  lostDownRange: undefined,
  lossRatio: 0.001,
  duplicates: 3,
  duplicatesUp: undefined,
  duplicatesDown: undefined,
  reordered: 2,
  reorderExtent: undefined,
  late: 1,
  notSent: undefined,
  hostDropped: undefined,
  hostDroppedEstimated: undefined,
};
