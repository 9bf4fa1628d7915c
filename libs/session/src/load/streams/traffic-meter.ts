import type { Instant } from '@pathgauge/units';

/** How much of a stream has passed. */
export interface TrafficMeter {
  /** Payload that came or went so far. */
  readonly bytes: number;
  /** When something first came; undefined at the end that sends. */
  readonly firstArrival: Instant | undefined;
  /** When something last came or left. */
  readonly last: Instant | undefined;
  /** How many messages this end has sent or given up. */
  readonly settled: number;
}
