export type { BitRate } from './rate';
export { bitsPerSecond, rateOf, spacingOf } from './rate';
export type { Instant, PeerInstant, Span } from './time';
export { after, elapsed, instant, milliseconds, NS_PER_MS, NS_PER_S, NS_PER_US, seconds, span } from './time';
export type { WallAnchor, WallTime } from './wall-map';
export { WallMap } from './wall-map';
