import type { Estimator } from '../estimator';

// How far behind the highest number an arrival is still told from a duplicate: 2^16 numbers, 8 KiB.
const WINDOW = 65_536;
const BITS = 32;

export interface SequenceCounts {
  /** Different numbers that arrived. */
  readonly received: number;
  readonly duplicates: number;
  /** RFC 4737 section 3.3: arrived with a number below the next expected one. */
  readonly reordered: number;
  /** The largest distance, in numbers, by which an arrival lay behind the highest. */
  readonly maxReorderDistance: number;
  /** One more than the highest number that arrived: what must have been sent at the least. */
  readonly expected: number;
  /** Arrivals too far behind to say whether they were seen before; counted in no other figure. */
  readonly beyondWindow: number;
}

/**
 * What arrived of a numbered stream, at its receiving end. A sample is a sequence number counted from 0 (unwrapped, an
 * integer below 2^53), in order of arrival. `received + lost = sent` for every order and duplication, where lost is sent
 * less received. Constant memory; throws nothing.
 */
export class SequenceLedger implements Estimator<number, SequenceCounts> {
  readonly #seen = new Uint32Array(WINDOW / BITS);
  #next = 0;
  #received = 0;
  #duplicates = 0;
  #reordered = 0;
  #maxDistance = 0;
  #beyondWindow = 0;

  /** The number expected next. */
  get next(): number {
    return this.#next;
  }

  get received(): number {
    return this.#received;
  }

  record(sequence: number): void {
    if (sequence >= this.#next) {
      this.#advance(sequence);
      return;
    }
    const distance = this.#next - 1 - sequence;
    if (distance >= WINDOW) {
      this.#beyondWindow++;
      return;
    }
    const slot = sequence % WINDOW;
    const word = slot >>> 5;
    const bit = 1 << (slot & 31);
    if (((this.#seen[word] as number) & bit) !== 0) {
      this.#duplicates++;
      return;
    }
    this.#seen[word] = (this.#seen[word] as number) | bit;
    this.#received++;
    this.#reordered++;
    if (distance > this.#maxDistance) this.#maxDistance = distance;
  }

  snapshot(): SequenceCounts {
    return {
      received: this.#received,
      duplicates: this.#duplicates,
      reordered: this.#reordered,
      maxReorderDistance: this.#maxDistance,
      expected: this.#next,
      beyondWindow: this.#beyondWindow,
    };
  }

  #advance(sequence: number): void {
    const skipped = sequence - this.#next;
    if (skipped >= WINDOW) {
      this.#seen.fill(0);
    } else {
      for (let missing = this.#next; missing < sequence; missing++) {
        const slot = missing % WINDOW;
        this.#seen[slot >>> 5] = (this.#seen[slot >>> 5] as number) & ~(1 << (slot & 31));
      }
    }
    const slot = sequence % WINDOW;
    this.#seen[slot >>> 5] = (this.#seen[slot >>> 5] as number) | (1 << (slot & 31));
    this.#next = sequence + 1;
    this.#received++;
  }
}
