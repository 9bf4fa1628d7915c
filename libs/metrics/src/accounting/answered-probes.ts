import type { Exchange } from '../clock/exchanges';
import { roomFor } from '../columns';

/** Figures of each: rank, when the reply arrived, delay up, delay down. */
const FIGURES = 4;

/**
 * Probes that were answered, until all before them are settled. A ring by index, as long as the longest stretch of probes that
 * was ever unsettled at once: it grows by need.
 */
export class AnsweredProbes {
  readonly #most: number;
  #room: number;
  #figures: Float64Array;

  /** Room for `initial` probes at once, and for `most` at the most. */
  constructor(initial: number, most: number) {
    this.#most = most;
    this.#room = initial;
    this.#figures = new Float64Array(FIGURES * initial);
  }

  /** Everything before `oldest` is settled; probe `index` is sent. They are no more than `most` apart. */
  makeRoom(oldest: number, index: number): void {
    if (index - oldest >= this.#room) this.#grow(oldest, index);
  }

  put(index: number, rank: number, arrivedAt: number, upNs: number, downNs: number): void {
    const place = FIGURES * (index % this.#room);
    this.#figures[place] = rank;
    this.#figures[place + 1] = arrivedAt;
    this.#figures[place + 2] = upNs;
    this.#figures[place + 3] = downNs;
  }

  /** What was put for probe `index`; all but when it was sent. */
  read(index: number, into: Exchange): void {
    const place = FIGURES * (index % this.#room);
    into.index = index;
    into.rank = this.#figures[place] as number;
    into.arrivedAt = this.#figures[place + 1] as number;
    into.upNs = this.#figures[place + 2] as number;
    into.downNs = this.#figures[place + 3] as number;
  }

  #grow(oldest: number, index: number): void {
    const room = roomFor(index - oldest + 1, this.#room, this.#most);
    const figures = new Float64Array(FIGURES * room);
    for (let i = oldest; i < index; i++) {
      const place = FIGURES * (i % this.#room);
      figures.set(this.#figures.subarray(place, place + FIGURES), FIGURES * (i % room));
    }
    this.#room = room;
    this.#figures = figures;
  }
}
