import type { ClockClaim } from '@pathgauge/metrics';
import { type ErrorEstimate, encodeErrorEstimate, type TimestampFormat } from '@pathgauge/protocol';
import type { WallAnchor } from '@pathgauge/units';

/** Peers that claim to be better than this are taken at this. */
const BEST_CREDIBLE_NS = 10_000;

/**
 * What may be assumed of two clocks before anything is measured: that they are one, because the peer's address is one of
 * this host's own; or that they are synchronised, because both hosts say so. Undefined: nothing.
 */
export function clockClaim(
  sameHost: boolean,
  own: WallAnchor,
  peer: ErrorEstimate | undefined,
): ClockClaim | undefined {
  if (sameHost) return { basis: 'same-clock', errorNs: own.errorNs + readingErrorOf(own, peer) };
  if (own.synchronisedToNs === undefined || peer === undefined || !peer.synchronised) return undefined;
  const errorNs = own.errorNs + own.synchronisedToNs + Math.max(peer.errorNs, BEST_CREDIBLE_NS);
  return { basis: 'synchronised', errorNs };
}

/**
 * How well a process of this host reads the wall clock. One that claims to be synchronised speaks of true time, which is
 * as far from the clock for both; it asks the system for that, and reads the clock as we do.
 */
const readingErrorOf = (own: WallAnchor, peer: ErrorEstimate | undefined): number =>
  peer?.synchronised ? own.errorNs : (peer?.errorNs ?? 0);

/** What a host tells of its clock, as it stands on the wire. */
export const errorEstimateOf = (anchor: WallAnchor, format: TimestampFormat): number =>
  encodeErrorEstimate({
    synchronised: anchor.synchronisedToNs !== undefined,
    format,
    errorNs: anchor.errorNs + (anchor.synchronisedToNs ?? 0),
  });
