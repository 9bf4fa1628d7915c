import { ClockEngine, type ClockKnowledge, type Exchange, isPossible } from '@pathgauge/metrics';
import { decodeErrorEstimate, type ErrorEstimate } from '@pathgauge/protocol';
import type { Clock } from '@pathgauge/transport';
import { type Span, span, WallMap, type WallTime } from '@pathgauge/units';
import { clockClaim, errorEstimateOf } from '../../clock-claim';

/** T2 - T1 and T4 - T3, in nanoseconds, with the clock offset in them. */
export interface TransitTimes {
  readonly upNs: number;
  readonly downNs: number;
}

/** The clock of one load test at one end: its anchor to wall time, and what the exchanges show of the offset. */
export class SessionClock {
  readonly clock: Clock;
  readonly #sameHost: boolean;
  /** Built for the first exchange: it is too dear for a peer that never asks. */
  #engine: ClockEngine | undefined;
  #wall: WallMap;
  #met = false;
  #peerEstimate: ErrorEstimate | undefined;
  #exchanges = 0;
  #origin: number | undefined;
  #latest = Number.NEGATIVE_INFINITY;
  #longest: Span | undefined;
  readonly #exchange: Exchange = { index: 0, rank: 0, sentAt: 0, arrivedAt: 0, upNs: 0, downNs: 0 };

  /** `sameHost`: the peer's address is one of this host's own. */
  constructor(clock: Clock, sameHost: boolean) {
    this.clock = clock;
    this.#wall = new WallMap(clock.anchor());
    this.#sameHost = sameHost;
  }

  get wall(): WallMap {
    return this.#wall;
  }

  /** The peer's clock read `time` a moment ago. The first time decides what its instants are counted from. */
  meet(time: WallTime): void {
    if (!this.#met) this.#wall = this.#wall.near(time);
    this.#met = true;
  }

  /** See `ClockEngine`. Undefined before the first exchange. */
  snapshot(): ClockKnowledge | undefined {
    return this.#engine?.snapshot();
  }

  /** See `ClockEngine`. */
  latestOffsetNs(): number | undefined {
    return this.#engine?.latestOffsetNs();
  }

  /** The longest round trip of an exchange, the queues of the load in it; undefined before the first. */
  get longestRoundTrip(): Span | undefined {
    return this.#longest;
  }

  get errorEstimate(): number {
    return errorEstimateOf(this.wall.anchor, 'ptp');
  }

  notePeerError(bits: number): void {
    this.#peerEstimate = decodeErrorEstimate(bits);
  }

  /**
   * An exchange between T1 and T4, both on the scale of this end. Only how long after the first one they were matters, so
   * that both ends come to the same figures. One whose timestamps cannot be true counts for nothing.
   */
  record(from: number, to: number, { upNs, downNs }: TransitTimes): void {
    // On one connection exchanges follow each other; a peer that says otherwise is not listened to.
    if (!isPossible(upNs, downNs, 1) || from < this.#latest || to < from) return;
    this.#latest = to;
    this.#longest = span(Math.max(upNs + downNs, this.#longest ?? 0));
    this.#origin ??= from;
    const exchange = this.#exchange;
    exchange.index = this.#exchanges;
    exchange.rank = this.#exchanges++;
    exchange.sentAt = from - this.#origin;
    exchange.arrivedAt = to - this.#origin;
    exchange.upNs = upNs;
    exchange.downNs = downNs;
    this.#engine ??= this.#newEngine();
    this.#engine.record(exchange);
  }

  #newEngine(): ClockEngine {
    return new ClockEngine({
      // Clocks that are weeks apart are neither one nor synchronised, and what the engine sees is less the weeks.
      claim: () =>
        this.#wall.peerBaseSeconds === 0
          ? clockClaim(this.#sameHost, this.#wall.anchor, this.#peerEstimate)
          : undefined,
      granularityNs: () => 1,
    });
  }
}
