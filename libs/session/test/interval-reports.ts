import type { Interval } from '@pathgauge/result';
import type { IntervalReport } from '../src/load/streams/interval-report';

/** An interval of a second from `second` on, in which so many bytes came or went. */
export const intervalOf = (second: number, bytes: number, more: Partial<Interval> = {}): Interval => ({
  startNs: second * 1e9,
  endNs: (second + 1) * 1e9,
  stream: undefined,
  direction: 'up',
  measuredAt: 'receiver',
  bytes,
  sentBytes: undefined,
  bitsPerSecond: bytes * 8,
  messages: undefined,
  lost: undefined,
  jitterNs: undefined,
  owdMeanNs: undefined,
  retransmits: undefined,
  rttNs: undefined,
  cwndBytes: undefined,
  ...more,
});

/** The report of such an interval. */
export const reportOf = (second: number, bytes: number, more: Partial<Interval> = {}): IntervalReport => ({
  interval: intervalOf(second, bytes, more),
  transitMeanNs: undefined,
  transits: 0,
});
