/** What the exchanges prove about the server's clock minus the client's, in nanoseconds. */
export interface OffsetBounds {
  readonly lowNs: number;
  readonly highNs: number;
}

/**
 * Bounds on the offset of the server's clock that assume nothing but that no packet arrives before it was sent: T3 - T4
 * <= offset <= T2 - T1 for every exchange. The two ends of the interval may come from different exchanges, so it is
 * never wider than the smallest round trip. No answer before the first exchange, nor when the bounds contradict each
 * other: then a clock stepped or drifted during the run, and no single offset is true for all of it.
 */
export class ClockBounds {
  #exchanges = 0;
  #low = Number.NEGATIVE_INFINITY;
  #high = Number.POSITIVE_INFINITY;

  /** One exchange: `upNs` is T2 - T1, `downNs` is T4 - T3, each with the clock offset in it. */
  record(upNs: number, downNs: number): void {
    this.#exchanges++;
    if (upNs < this.#high) this.#high = upNs;
    if (0 - downNs > this.#low) this.#low = 0 - downNs;
  }

  get exchanges(): number {
    return this.#exchanges;
  }

  /** Whether the exchanges contradict each other. */
  get contradictory(): boolean {
    return this.#low > this.#high;
  }

  snapshot(): OffsetBounds | undefined {
    if (this.#exchanges === 0 || this.contradictory) return undefined;
    return { lowNs: this.#low, highNs: this.#high };
  }
}
