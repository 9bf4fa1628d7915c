import type { Span } from '@pathgauge/units';

/** How fast a change is followed, as a share of what is known and in nanoseconds. */
const SHARE = 0.05;
const MIN_STEP_NS = 100;
/** The first send is slower than the others will be. */
const MAX_FIRST_NS = 30e3;

/**
 * How long the way of a probe is from its timer to the kernel's send stamp: sending begins so much ahead of its time. Follows
 * the median of what it really takes, step by step, so that a probe that was held up does not count more than another. 0 while
 * no stamp has come.
 */
export class SendLead {
  #ns: number | undefined;

  get ns(): number {
    return this.#ns ?? 0;
  }

  /** A probe was stamped `took` after this program had handed it over, and `late` after its time. */
  learn(took: Span, late: Span): void {
    if (this.#ns === undefined) {
      this.#ns = Math.min(took, MAX_FIRST_NS);
      return;
    }
    const step = Math.max(MIN_STEP_NS, SHARE * this.#ns);
    this.#ns = Math.max(0, this.#ns + (late > 0 ? step : -step));
  }
}
