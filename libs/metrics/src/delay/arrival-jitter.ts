import { InterarrivalJitter } from './interarrival-jitter';

const MIN_SLOTS = 16;
const EMPTY = new Float64Array(0);
/** 2^20 values, 16 MB: as many probes as a ledger ever remembers, so as many as can wait for an earlier arrival. */
const MAX_SLOTS = 1_048_576;

/**
 * Interarrival jitter of packets that are recorded in another order than that of their arrival. A sample is a packet's transit
 * time in nanoseconds and its rank: 0, 1, 2, ... in order of arrival. A value is used as soon as all lower ranks are recorded. A
 * packet of unknown transit time (NaN) has a rank and no other effect: its neighbours are compared with each other.
 *
 * Memory grows with the distance between ranks, up to `MAX_SLOTS`. Where more would have to wait, the missing ranks are given
 * up: those packets count as if they had no transit time.
 */
export class ArrivalJitter {
  readonly #jitter = new InterarrivalJitter();
  readonly #maxSlots: number;
  #transit = EMPTY;
  /** Which part of the run a value belongs to, from 1; 0 where the rank is not recorded. */
  #partOf = EMPTY;
  /** The lowest rank that is not used yet. */
  #next = 0;
  /** One more than the highest recorded rank. */
  #end = 0;
  #part = 1;
  #lastPart = 1;

  /** `maxSlots` is for tests; a power of two. */
  constructor(maxSlots = MAX_SLOTS) {
    this.#maxSlots = maxSlots;
  }

  record(rank: number, transitNs: number): void {
    if (rank < this.#next) return;
    this.#makeRoom(rank);
    const slot = rank % this.#transit.length;
    this.#transit[slot] = transitNs;
    this.#partOf[slot] = this.#part;
    this.#end = Math.max(this.#end, rank + 1);
    while (this.#partOf[this.#next % this.#partOf.length] !== 0) this.#useNext();
  }

  /** A clock stepped: what is recorded from here on is not compared with what was recorded before. */
  interrupt(): void {
    this.#part++;
  }

  /** Nothing more will be recorded: missing ranks are given up. */
  finish(): void {
    while (this.#next < this.#end) this.#useNext();
  }

  /** Nanoseconds; of the values used so far. */
  snapshot(): number | undefined {
    return this.#jitter.snapshot();
  }

  #makeRoom(rank: number): void {
    while (rank - this.#next >= this.#transit.length) {
      if (this.#transit.length < this.#maxSlots) this.#grow();
      else if (this.#next < this.#end) this.#useNext();
      else this.#next = rank;
    }
  }

  #grow(): void {
    const [transit, partOf] = [this.#transit, this.#partOf];
    const slots = Math.min(this.#maxSlots, Math.max(MIN_SLOTS, 2 * transit.length));
    this.#transit = new Float64Array(slots);
    this.#partOf = new Float64Array(slots);
    for (let rank = this.#next; rank < this.#end; rank++) {
      this.#transit[rank % slots] = transit[rank % transit.length] as number;
      this.#partOf[rank % slots] = partOf[rank % partOf.length] as number;
    }
  }

  #useNext(): void {
    const slot = this.#next++ % this.#transit.length;
    const part = this.#partOf[slot] as number;
    this.#partOf[slot] = 0;
    if (part === 0 || Number.isNaN(this.#transit[slot] as number)) return;
    if (part !== this.#lastPart) this.#jitter.interrupt();
    this.#lastPart = part;
    this.#jitter.record(this.#transit[slot] as number);
  }
}
