import type { Exchange } from '../clock/exchanges';
import { roomFor } from '../columns';

/**
 * Probes that were answered, until all before them are settled. Rings by index, as long as the longest stretch of probes that
 * was ever unsettled at once: they grow by need.
 */
export class AnsweredProbes {
  readonly #most: number;
  #arrivedAt: Float64Array;
  #rank: Float64Array;
  #up: Float64Array;
  #down: Float64Array;

  /** Room for `initial` probes at once, and for `most` at the most. */
  constructor(initial: number, most: number) {
    this.#most = most;
    this.#arrivedAt = new Float64Array(initial);
    this.#rank = new Float64Array(initial);
    this.#up = new Float64Array(initial);
    this.#down = new Float64Array(initial);
  }

  /** Everything before `oldest` is settled; probe `index` is sent. They are no more than `most` apart. */
  makeRoom(oldest: number, index: number): void {
    if (index - oldest >= this.#rank.length) this.#grow(oldest, index);
  }

  put(index: number, rank: number, arrivedAt: number, upNs: number, downNs: number): void {
    const slot = index % this.#rank.length;
    this.#arrivedAt[slot] = arrivedAt;
    this.#rank[slot] = rank;
    this.#up[slot] = upNs;
    this.#down[slot] = downNs;
  }

  /** What was put for probe `index`; all but when it was sent. */
  read(index: number, into: Exchange): void {
    const slot = index % this.#rank.length;
    into.index = index;
    into.rank = this.#rank[slot] as number;
    into.arrivedAt = this.#arrivedAt[slot] as number;
    into.upNs = this.#up[slot] as number;
    into.downNs = this.#down[slot] as number;
  }

  #grow(oldest: number, index: number): void {
    const length = roomFor(index - oldest + 1, this.#rank.length, this.#most);
    const replaced = (column: Float64Array): Float64Array => {
      const longer = new Float64Array(length);
      for (let i = oldest; i < index; i++) longer[i % length] = column[i % column.length] as number;
      return longer;
    };
    this.#arrivedAt = replaced(this.#arrivedAt);
    this.#rank = replaced(this.#rank);
    this.#up = replaced(this.#up);
    this.#down = replaced(this.#down);
  }
}
