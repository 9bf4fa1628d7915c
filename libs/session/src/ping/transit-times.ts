import { isPossible, type ProbeReply } from '@pathgauge/metrics';
import { elapsed, type Instant } from '@pathgauge/units';
import type { Reply } from './probe-dialect';

/** Timestamps of a server whose clock counts microseconds may seem to run backwards by one. */
const BACKWARDS_NS = 1_000;

/** The transit times of replies, as far as their timestamps can be true. */
export class TransitTimes {
  readonly #onContradiction: () => void;
  readonly #booked: ProbeReply = {
    arrivedAt: 0 as Instant,
    earliestAt: 0 as Instant,
    upNs: undefined,
    downNs: undefined,
    ownSequence: undefined,
  };

  /** `onContradiction`: a reply's timestamps cannot be true. */
  constructor(onContradiction: () => void) {
    this.#onContradiction = onContradiction;
  }

  /** Of the reply to a probe that left at `leftAt`. One object, used again each time. */
  of(
    { receiveNs, serverNs, ownSequence }: Reply,
    leftAt: Instant,
    arrival: Instant,
    granularityNs: number,
  ): ProbeReply {
    const booked = this.#booked;
    booked.arrivedAt = arrival;
    booked.earliestAt = arrival;
    booked.ownSequence = ownSequence;
    booked.upNs = undefined;
    booked.downNs = undefined;
    if (receiveNs === undefined || serverNs === undefined) return booked;
    const upNs = receiveNs - leftAt;
    // Both add up to the round trip exactly, also where clocks are so far apart that each is rounded.
    const downNs = elapsed(leftAt, arrival) - serverNs - upNs;
    if (isPossible(upNs, downNs, granularityNs) && serverNs >= -Math.max(BACKWARDS_NS, granularityNs)) {
      booked.upNs = upNs;
      booked.downNs = downNs;
    } else {
      this.#onContradiction();
    }
    return booked;
  }
}

/** Round trip less the server's own time, where that is told. */
export const roundTripOf = ({ upNs, downNs, arrivedAt }: ProbeReply, leftAt: Instant): number =>
  upNs === undefined || downNs === undefined ? elapsed(leftAt, arrivedAt) : upNs + downNs;
