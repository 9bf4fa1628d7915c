import type { PingSettings, Schedule } from '@pathgauge/result';
import type { Span } from '@pathgauge/units';
import type { MetricSwitches } from '../metric-switches';
import type { Target } from '../reach/target';

/** What a probe session is to do. */
export interface PingOptions extends Target {
  /** What the probes are marked with; undefined: with nothing of their own. */
  readonly dscp: number | undefined;
  /** Probes must not be cut into fragments. */
  readonly dontFragment: boolean;
  /** How the instants of sending follow each other; without effect at an interval of 0. */
  readonly schedule: Schedule;
  /** Between probes; 0: the next probe leaves as soon as the reply is in, or given up. */
  readonly interval: Span;
  /** How many probes; undefined: until `duration` is over. */
  readonly count: number | undefined;
  /** How long to go on sending; undefined: until `count` is reached. */
  readonly duration: Span | undefined;
  /** UDP payload of a probe. */
  readonly length: number;
  /** Waiting time after which a probe counts as lost. */
  readonly timeout: Span;
  readonly metrics: MetricSwitches;
  /** Whether round trips are to be told, as they become known. */
  readonly roundTripEvents: boolean;
  /** Whether all figures of each probe are to be told, once they are known. */
  readonly probeEvents: boolean;
}

/** What a run of probes is asked for, as its document tells it. */
export const pingSettings = (options: PingOptions): PingSettings => ({
  lengthBytes: options.length,
  intervalNs: options.interval,
  count: options.count,
  durationNs: options.duration,
  timeoutNs: options.timeout,
  dscp: options.dscp,
  dontFragment: options.dontFragment,
  schedule: options.interval === 0 ? undefined : options.schedule,
});
