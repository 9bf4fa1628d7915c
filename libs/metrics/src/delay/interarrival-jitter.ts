import type { Estimator } from '../estimator';

const GAIN = 16;

/**
 * Interarrival jitter, RFC 3550 section 6.4.1. A sample is a packet's transit time in nanoseconds, in order of arrival.
 * A constant clock offset cancels; a drifting clock shows up as a floor under the result. Absent until two packets have
 * arrived. Throws nothing.
 */
export class InterarrivalJitter implements Estimator<number, number | undefined> {
  #count = 0;
  #lastTransit = 0;
  #jitter = 0;

  record(transitNs: number): void {
    if (this.#count++ > 0) {
      const difference = Math.abs(transitNs - this.#lastTransit);
      this.#jitter += (difference - this.#jitter) / GAIN;
    }
    this.#lastTransit = transitNs;
  }

  /** Nanoseconds. */
  snapshot(): number | undefined {
    return this.#count > 1 ? this.#jitter : undefined;
  }
}
