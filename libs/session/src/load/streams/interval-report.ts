import type { Interval } from '@pathgauge/result';

/** When an interval began and ended, since the load began. */
export type IntervalTimes = Pick<Interval, 'startNs' | 'endNs'>;

/** What passed in one interval at one end of a stream. */
export interface IntervalReport {
  /** Without the one-way delay, which needs the offset of the clocks. */
  readonly interval: Interval;
  /** Mean transit time, with the clock offset in it. */
  readonly transitMeanNs: number | undefined;
  /** Of so many messages. */
  readonly transits: number;
}
