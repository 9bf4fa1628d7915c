import { lengthened, roomFor } from '../columns';
import type { LossBurstCounter } from './loss-bursts';

// How far behind the highest number duplicates are still recognised: 2^16 numbers, 8 KiB.
const WINDOW = 65_536;
const BITS = 32;
const WORDS = WINDOW / BITS;
/** What is looked at one by one, not by the million, begins with room for 512 numbers. */
const FEW_WORDS = 16;

/** What an arrival turned out to be. `beyond`: too far behind to say whether it was seen before. */
export type ArrivalKind = 'new' | 'duplicate' | 'beyond';

/**
 * Which of a stream's numbers have arrived: unwrapped integers below 2^53, in any order. A window behind the highest one is
 * remembered. A number that leaves it is settled as arrived or lost, in the order of the numbers.
 */
export class SeenNumbers {
  static readonly window = WINDOW;
  /** As long as it is shorter than the window, nothing in it has wrapped. */
  #seen: Uint32Array;
  readonly #settled: LossBurstCounter | undefined;
  readonly #first: number;
  #next: number;

  /**
   * `first` is the lowest number expected; `settled` gets every number from there on, once. `isSmall`: room is made by need.
   */
  constructor(first: number, settled?: LossBurstCounter, isSmall = false) {
    this.#seen = new Uint32Array(isSmall ? FEW_WORDS : WORDS);
    this.#first = first;
    this.#next = first;
    this.#settled = settled;
  }

  /** One more than the highest number that arrived. */
  get next(): number {
    return this.#next;
  }

  /** How many of the numbers from `from` to below `to` have not arrived, as far back as the window reaches. */
  missing(from: number, to: number): number {
    let count = 0;
    for (let number = Math.max(from, this.#next - WINDOW); number < Math.min(to, this.#next); number++) {
      if (!this.#has(number)) count++;
    }
    return count;
  }

  record(number: number): ArrivalKind {
    if (number >= this.#next) this.#advance(number);
    else if (this.#next - number > WINDOW) return 'beyond';
    else if (this.#has(number)) return 'duplicate';
    const slot = number % WINDOW;
    if (slot >>> 5 >= this.#seen.length) this.#lengthen(WORDS);
    this.#seen[slot >>> 5] = (this.#seen[slot >>> 5] as number) | (1 << (slot & 31));
    return 'new';
  }

  /** The next `count` numbers, one after the other. */
  recordNext(count: number): void {
    this.#makeRoom(this.#next + count - 1);
    for (let left = count; left > 0; ) {
      const slot = this.#next % WINDOW;
      const bits = Math.min(BITS - (slot & 31), left);
      const mask = bits === BITS ? -1 : ((1 << bits) - 1) << (slot & 31);
      const word = this.#seen[slot >>> 5] as number;
      const leaving = this.#next - WINDOW;
      if (leaving >= this.#first && (word & mask) === (mask | 0)) {
        // All that leave the window had arrived.
        this.#settled?.record(false);
      } else {
        for (let i = Math.max(0, this.#first - leaving); i < bits; i++) {
          this.#settled?.record((word & (1 << ((slot & 31) + i))) === 0);
        }
      }
      this.#seen[slot >>> 5] = word | mask;
      this.#next += bits;
      left -= bits;
    }
  }

  /** Settles what is still in the window, and `count` numbers in all. Nothing may be recorded afterwards. */
  settle(count: number): void {
    for (let number = Math.max(this.#first, this.#next - WINDOW); number < this.#next; number++) {
      this.#settled?.record(!this.#has(number));
    }
    this.#settled?.lose(Math.max(0, count - this.#next));
  }

  #advance(number: number): void {
    this.#makeRoom(number);
    if (number - this.#next >= WINDOW) this.#jump(number);
    else this.#skip(number);
    while (this.#next <= number) this.#enter(this.#next++);
  }

  /** Settles the whole window at once: hostile numbers may leap with every packet. */
  #jump(number: number): void {
    const before = this.#next;
    this.#skip(before + WINDOW);
    // What lies between was never in the window.
    this.#settled?.lose(number - WINDOW + 1 - before);
    this.#next = number + 1;
  }

  /** Goes on to `number`; no number between has arrived yet. It goes word by word, because each packet may leave a gap. */
  #skip(number: number): void {
    const seen = this.#seen;
    let next = this.#next;
    // Counted along: a remainder of numbers as large as these is slow.
    let slot = next % WINDOW;
    let lost = 0;
    while (next < number) {
      const bits = Math.min(BITS - (slot & 31), number - next);
      const mask = bits === BITS ? -1 : ((1 << bits) - 1) << (slot & 31);
      const word = seen[slot >>> 5] as number;
      if (next - WINDOW >= this.#first && (word & mask) === 0) {
        lost += bits;
      } else {
        this.#settled?.lose(lost);
        lost = 0;
        this.#leave(next - WINDOW, bits, word >>> (slot & 31));
      }
      seen[slot >>> 5] = word & ~mask;
      next += bits;
      slot = (slot + bits) % WINDOW;
    }
    this.#settled?.lose(lost);
    this.#next = next;
  }

  /** `bits` numbers from `number` on are settled: those whose bit is set in `seen` had arrived. */
  #leave(number: number, bits: number, seen: number): void {
    for (let i = Math.max(0, this.#first - number); i < bits; i++) this.#settled?.record((seen & (1 << i)) === 0);
  }

  /** Takes over the slot of the number one window back, which is settled by that. */
  #enter(number: number): void {
    const slot = number % WINDOW;
    const bit = 1 << (slot & 31);
    const word = this.#seen[slot >>> 5] as number;
    if (number - WINDOW >= this.#first) this.#settled?.record((word & bit) === 0);
    this.#seen[slot >>> 5] = word & ~bit;
  }

  #has(number: number): boolean {
    const slot = number % WINDOW;
    return ((this.#seen[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0;
  }

  /** For all numbers from the next one to `number`. */
  #makeRoom(number: number): void {
    if (this.#seen.length === WORDS) return;
    const [first, last] = [this.#next % WINDOW, number % WINDOW];
    const wraps = number - this.#next >= WINDOW || last < first;
    this.#lengthen(wraps ? WORDS : (last >>> 5) + 1);
  }

  #lengthen(words: number): void {
    if (words > this.#seen.length) this.#seen = lengthened(this.#seen, roomFor(words, this.#seen.length, WORDS));
  }
}
