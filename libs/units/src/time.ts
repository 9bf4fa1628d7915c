declare const unit: unique symbol;

/** A length of time in nanoseconds: a plain number, exact up to 2^53 ns (104 days). */
export type Span = number & { readonly [unit]: 'span' };

/** A moment on this host's monotonic clock, in nanoseconds since this process's clock began to count. */
export type Instant = number & { readonly [unit]: 'instant' };

/**
 * A moment read from the peer's clock, placed on the scale of this host's instants through wall time. It differs from
 * an `Instant` by the unknown offset between the two clocks, so the two never mix by accident.
 */
export type PeerInstant = number & { readonly [unit]: 'peer instant' };

export const NS_PER_US = 1e3;
export const NS_PER_MS = 1e6;
export const NS_PER_S = 1e9;

/** Marks a number of nanoseconds as a span. */
export const span = (nanoseconds: number): Span => nanoseconds as Span;
export const milliseconds = (value: number): Span => (value * NS_PER_MS) as Span;
export const seconds = (value: number): Span => (value * NS_PER_S) as Span;

/** Marks a number of nanoseconds as an instant: only a clock does this. */
export const instant = (nanoseconds: number): Instant => nanoseconds as Instant;

/** From the first instant to the second; negative when the second is earlier. */
export const elapsed = (from: Instant, to: Instant): Span => (to - from) as Span;

/** The instant that lies `by` after `at`. */
export const after = (at: Instant, by: Span): Instant => (at + by) as Instant;
