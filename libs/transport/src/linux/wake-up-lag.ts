const FIRST_LAG_NS = 100e3;
const MAX_LAG_NS = 1e6;
const WAKE_UPS = 16;
/** So many of the latest wake-ups may be later: the odd one that is far later than the rest teaches nothing. */
const LATER = 2;

/**
 * How late the system wakes a thread, learnt from the latest times it did. It is about as late each time, so it is asked to wake
 * that much earlier: all but the worst wake-ups come in time.
 */
export class WakeUpLag {
  readonly #latest: number[] = [];
  #ns = FIRST_LAG_NS;

  get ns(): number {
    return this.#ns;
  }

  /** The system was this much late. */
  learn(lateNs: number): void {
    if (this.#latest.push(lateNs) > WAKE_UPS) this.#latest.shift();
    const sorted = [...this.#latest].sort((a, b) => b - a);
    const worst = Math.floor((LATER * sorted.length) / WAKE_UPS);
    this.#ns = Math.min(sorted[worst] as number, MAX_LAG_NS);
  }
}
