import type { Instant, WallAnchor } from '@pathgauge/units';

/** This host's time. */
export interface Clock {
  /** The monotonic clock; never goes back, never steps. */
  now(): Instant;
  /**
   * Where the monotonic clock stands in wall time now. A session reads it once, when it begins: a step of the system clock
   * afterwards stays out of its data. May take milliseconds of the processor the first time and after a step.
   */
  anchor(): WallAnchor;
  /** How often the wall clock was set since this clock was made; undefined where nobody looks. */
  readonly steps: number | undefined;
}

/** Calls back at an instant. One call is pending at most. */
export interface Timer {
  /** Calls back at `at`, or as soon after as the system allows; takes the place of a call still pending. */
  set(at: Instant, callback: () => void): void;
  clear(): void;
}
