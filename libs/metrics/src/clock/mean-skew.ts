import type { Skew } from './clock-fit';

/** The skew must be known for this share of the time; it is taken to be the same in the rest. */
const MIN_KNOWN_SHARE = 0.9;

/** The skew of a run, from those of its segments. */
export class MeanSkew {
  #time = 0;
  #knownTime = 0;
  #ratio = 0;
  #low = 0;
  #high = 0;
  // The intersection of all intervals.
  #largestLow = Number.NEGATIVE_INFINITY;
  #smallestHigh = Number.POSITIVE_INFINITY;
  #isBent = false;

  /** `isBent`: the clocks changed their pace where the segment begins. `time` in nanoseconds. */
  add(skew: Skew | undefined, time: number, isBent: boolean): void {
    this.#time += time;
    this.#isBent ||= isBent;
    if (skew === undefined) return;
    this.#knownTime += time;
    this.#ratio += skew.ratio * time;
    this.#low += skew.low * time;
    this.#high += skew.high * time;
    this.#largestLow = Math.max(this.#largestLow, skew.low);
    this.#smallestHigh = Math.min(this.#smallestHigh, skew.high);
  }

  copy(): MeanSkew {
    const copy = new MeanSkew();
    copy.#time = this.#time;
    copy.#knownTime = this.#knownTime;
    copy.#ratio = this.#ratio;
    copy.#low = this.#low;
    copy.#high = this.#high;
    copy.#largestLow = this.#largestLow;
    copy.#smallestHigh = this.#smallestHigh;
    copy.#isBent = this.#isBent;
    return copy;
  }

  /** Undefined unless it is known for nearly all of the time, and may be one and the same. */
  mean(): Skew | undefined {
    const time = this.#knownTime;
    const isOne = !this.#isBent && this.#largestLow <= this.#smallestHigh;
    if (time === 0 || time < MIN_KNOWN_SHARE * this.#time || !isOne) return undefined;
    return { ratio: this.#ratio / time, low: this.#low / time, high: this.#high / time };
  }
}
