import type { Estimator } from '../estimator';

const GAIN = 16;

/**
 * Interarrival jitter, RFC 3550 section 6.4.1. A sample is a packet's transit time in nanoseconds, in order of arrival.
 * A constant clock offset cancels; a drifting clock shows up as a floor under the result. Absent until two packets have
 * arrived. Throws nothing.
 */
export class InterarrivalJitter implements Estimator<number, number | undefined> {
  #differences = 0;
  #lastTransit = Number.NaN;
  #jitter = 0;

  record(transitNs: number): void {
    const difference = Math.abs(transitNs - this.#lastTransit);
    if (!Number.isNaN(difference)) {
      this.#differences++;
      this.#jitter += (difference - this.#jitter) / GAIN;
    }
    this.#lastTransit = transitNs;
  }

  /** What follows is not compared with what was before: a clock stepped between them. */
  interrupt(): void {
    this.#lastTransit = Number.NaN;
  }

  /** Nanoseconds. */
  snapshot(): number | undefined {
    return this.#differences > 0 ? this.#jitter : undefined;
  }
}
