import type { ClockClaim } from '@pathgauge/metrics';
import type { ErrorEstimate } from '@pathgauge/protocol';
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
  if (sameHost) return { basis: 'same-clock', errorNs: own.errorNs + (peer?.errorNs ?? 0) };
  if (!own.synchronised || peer === undefined || !peer.synchronised) return undefined;
  return { basis: 'synchronised', errorNs: own.errorNs + Math.max(peer.errorNs, BEST_CREDIBLE_NS) };
}
