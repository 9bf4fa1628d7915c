import type { Instant } from '@pathgauge/units';

/** What a reply turned out to be. `unknown`: its number was never sent, or so long ago that it is forgotten. */
export type ReplyKind = 'received' | 'late' | 'duplicate' | 'unknown';

/** A reply, as far as accounting goes. Callers may reuse one. */
export interface ProbeReply {
  arrivedAt: Instant;
  /** The earliest that it may have arrived, if not then: a program that was held up stamps late. Only what surely is late is. */
  earliestAt?: Instant;
  /** T2 - T1 and T4 - T3 with the clock offset in them, in nanoseconds; undefined when the reply carries no timestamps. */
  upNs: number | undefined;
  downNs: number | undefined;
  /** The reflector's own number, 0 to 2^32 - 1; undefined when it has none. */
  ownSequence: number | undefined;
}
