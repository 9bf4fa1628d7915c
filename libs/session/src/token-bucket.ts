import { elapsed, type Instant, NS_PER_S } from '@pathgauge/units';

/** Lets events through at a rate, and a burst of them after a pause. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #filledAt: Instant | undefined;

  /** `burst`: how many may come at once. */
  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
  }

  /** Whether one more may come at `now`. */
  take(now: Instant): boolean {
    const passed = this.#filledAt === undefined ? 0 : Math.max(0, elapsed(this.#filledAt, now));
    this.#filledAt = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + (passed / NS_PER_S) * this.#perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
