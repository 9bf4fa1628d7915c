import { type Instant, NS_PER_S, type PeerInstant } from './time';

/** Wall time, Unix epoch, as the wire formats hold it. Mutable, so that hot paths can reuse one. */
export interface WallTime {
  /** Whole seconds since 1970-01-01. */
  seconds: number;
  /** 0 to 999 999 999. */
  nanoseconds: number;
}

/** Where a monotonic clock stood in wall time at one moment, and how surely that is known. */
export interface WallAnchor {
  /** Wall time at instant 0. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** How far the anchor may be off this host's wall clock, in either direction. */
  readonly errorNs: number;
  /**
   * The system says that its wall clock is disciplined by an external source, to plus or minus this many nanoseconds.
   * Undefined where it is not, or where the system does not say so.
   */
  readonly synchronisedToNs: number | undefined;
}

/** 48 days: half of what a number of nanoseconds holds exactly, so that as much is left for the run itself. */
const FAR_SECONDS = 2 ** 22;

/**
 * Wall time for the instants of one run. The anchor is read once, so a step of the system clock during the run cannot enter the
 * data. Allocates nothing after construction.
 */
export class WallMap {
  readonly anchor: WallAnchor;
  /** Subtracted from a peer's instants: 0 except for a peer whose clock is far away. */
  readonly peerBaseSeconds: number;

  constructor(anchor: WallAnchor, peerBaseSeconds = 0) {
    this.anchor = anchor;
    this.peerBaseSeconds = peerBaseSeconds;
  }

  /**
   * The map for a peer whose clock reads `time` now. Where it is weeks away, its whole seconds are subtracted, so that its
   * nanoseconds keep every digit.
   */
  near(time: WallTime): WallMap {
    const seconds = (time.seconds - this.anchor.seconds) | 0;
    return Math.abs(seconds) < FAR_SECONDS ? this : new WallMap(this.anchor, seconds);
  }

  /** Writes the wall time of `at` into `into`, floored to a nanosecond. */
  toWall(at: Instant, into: WallTime): void {
    const total = Math.floor(this.anchor.nanoseconds + at);
    const wholeSeconds = Math.floor(total / NS_PER_S);
    into.seconds = this.anchor.seconds + wholeSeconds;
    into.nanoseconds = total - wholeSeconds * NS_PER_S;
  }

  /**
   * A peer's wall time on the scale of our instants. Only the low 32 bits of its seconds count, taken as the nearest to
   * our own time. That is right across the wrap of either era (NTP 2036, Unix 2106). The result is exact while the peer's clock
   * is less than 104 days from `peerBaseSeconds`, which is subtracted; beyond that, to about a microsecond.
   */
  fromPeer(time: WallTime): PeerInstant {
    const seconds = (time.seconds - this.anchor.seconds - this.peerBaseSeconds) | 0;
    return (seconds * NS_PER_S + (time.nanoseconds - this.anchor.nanoseconds)) as PeerInstant;
  }
}
