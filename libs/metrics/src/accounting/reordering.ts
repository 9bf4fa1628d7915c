import { lengthened } from '../columns';
import type { Estimator } from '../estimator';

export interface ReorderCounts {
  /** Arrived with a number below the next expected one: RFC 4737 section 3.3. */
  readonly reordered: number;
  /** How far behind they came, in arrivals: RFC 4737 section 4.2.1. Undefined while nothing was reordered. */
  readonly extent: { readonly mean: number; readonly max: number } | undefined;
}

/**
 * Reordering, RFC 4737. A sample is a sequence number counted from 0 (unwrapped), in order of arrival, duplicates left out.
 * A number below the next expected one is reordered; its extent is the distance, in arrivals, to the earliest arrival with
 * a larger number. Memory is `window` numbers; what comes farther behind is counted as reordered and has no extent.
 */
export class Reordering implements Estimator<number, ReorderCounts> {
  /** For each number that was jumped over: which arrival jumped it. */
  #passedBy: Float64Array;
  readonly #window: number;
  #nextExpected = 0;
  #arrivals = 0;
  #reordered = 0;
  #extents = 0;
  #sum = 0;
  #max = 0;

  /** Room for `initial` numbers is made at once, for the rest of the window by `makeRoom`. */
  constructor(window: number, initial = window) {
    this.#window = window;
    this.#passedBy = new Float64Array(initial);
  }

  /** Must be called before a number from `count` on is recorded. Until the column is as long as the window, nothing in it wraps. */
  makeRoom(count: number): void {
    const room = Math.min(count, this.#window);
    if (room > this.#passedBy.length) this.#passedBy = lengthened(this.#passedBy, room);
  }

  /** Returns whether the arrival was reordered. */
  record(sequence: number): boolean {
    const arrival = this.#arrivals++;
    if (sequence >= this.#nextExpected) {
      this.#jump(sequence, arrival);
      return false;
    }
    this.#reordered++;
    const window = this.#window;
    if (this.#nextExpected - sequence <= window) {
      const extent = arrival - (this.#passedBy[sequence % window] as number);
      this.#extents++;
      this.#sum += extent;
      if (extent > this.#max) this.#max = extent;
    }
    return true;
  }

  /** `count` consecutive numbers from the next expected one, `first`, on. */
  recordNext(first: number, count: number): void {
    this.#arrivals += count;
    this.#nextExpected = first + count;
  }

  snapshot(): ReorderCounts {
    const extent = this.#extents === 0 ? undefined : { mean: this.#sum / this.#extents, max: this.#max };
    return { reordered: this.#reordered, extent };
  }

  #jump(sequence: number, arrival: number): void {
    const window = this.#window;
    const passed = Math.max(this.#nextExpected, sequence - window + 1);
    const [begin, end] = [passed % window, sequence % window];
    if (begin <= end) {
      if (passed < sequence) this.#passedBy.fill(arrival, begin, end);
    } else {
      this.#passedBy.fill(arrival, begin);
      this.#passedBy.fill(arrival, 0, end);
    }
    this.#nextExpected = sequence + 1;
  }
}
