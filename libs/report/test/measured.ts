import type {
  DatagramCounts,
  Distribution,
  Interval,
  OneWayCounts,
  ProbeCounts,
  StreamResult,
} from '@pathgauge/result';

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

/** The same of datagrams, of which none is told by direction. */
export const datagrams = (known: Partial<DatagramCounts> = {}): DatagramCounts => ({
  ...counts,
  up: undefined,
  down: undefined,
  ...known,
});

/** Datagrams of one direction, all of which arrived. */
export const oneWay = (known: Partial<OneWayCounts> = {}): OneWayCounts => ({
  sent: 100,
  received: 100,
  lost: 0,
  lossRatio: 0,
  duplicates: 0,
  reordered: 0,
  reorderExtent: undefined,
  notSent: 0,
  hostDropped: 0,
  hostDroppedEstimated: false,
  lossBursts: undefined,
  ...known,
});

/** A stream of which two messages were sent. */
export const streamOf = (known: Partial<StreamResult> = {}): StreamResult => ({
  id: 1,
  direction: 'up',
  bytes: 2048,
  durationNs: 1e9,
  bitsPerSecond: 16_384,
  messages: 2,
  messagesPerSecond: 2,
  sent: { bytes: 2048, durationNs: 1e9, bitsPerSecond: 16_384, messages: 2, messagesPerSecond: 2 },
  notSent: undefined,
  lost: undefined,
  duplicates: undefined,
  reordered: undefined,
  reorderExtent: undefined,
  lossBursts: undefined,
  hostDropped: undefined,
  jitterNs: undefined,
  owd: undefined,
  queueing: undefined,
  retransmits: undefined,
  rttNs: undefined,
  cwndBytes: undefined,
  mssBytes: undefined,
  congestion: undefined,
  ...known,
});

/** An interval of all streams, as the receiver of datagrams sees it. */
export const intervalOf = (known: Partial<Interval> = {}): Interval => ({
  startNs: 1e9,
  endNs: 2e9,
  stream: undefined,
  direction: 'up',
  measuredAt: 'receiver',
  bytes: 1_048_576,
  sentBytes: undefined,
  bitsPerSecond: 8_388_608,
  messages: 8,
  lost: 2,
  jitterNs: 31_200,
  owdMeanNs: 214e3,
  retransmits: undefined,
  rttNs: undefined,
  cwndBytes: undefined,
  ...known,
});
