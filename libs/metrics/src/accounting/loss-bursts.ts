import { LONGER_BURSTS, type LossBursts, MAX_COUNTED_BURST } from '@pathgauge/result';
import { lengthened, roomFor } from '../columns';
import type { Estimator } from '../estimator';

/** Most runs have no longer ones. */
const FIRST_ROOM = 8;

/**
 * Loss periods, RFC 3357: runs of consecutive losses. A sample is whether a packet was lost, in order of
 * sending. A run that still goes on counts. Constant memory; throws nothing.
 */
export class LossBurstCounter implements Estimator<boolean, LossBursts> {
  /** By length, as far as any was; the last of all holds everything longer than `MAX_COUNTED_BURST`. */
  #lengths = new Float64Array(FIRST_ROOM);
  #longest = 0;
  #run = 0;

  /** Goes on from a snapshot, behind a packet that arrived. */
  static from({ longest, lengths }: LossBursts): LossBurstCounter {
    const counter = new LossBurstCounter();
    counter.#longest = longest;
    for (const [length, count] of Object.entries(lengths)) {
      // Before the array is looked at: it may take a longer one.
      const slot = counter.#slotOf(Number.parseInt(length, 10));
      counter.#lengths[slot] = count;
    }
    return counter;
  }

  record(lost: boolean): void {
    if (lost) this.#run++;
    else if (this.#run > 0) this.#end();
  }

  /** `count` losses in a row. */
  lose(count: number): void {
    this.#run += count;
  }

  snapshot(): LossBursts {
    const lengths: Record<string, number> = {};
    let count = 0;
    const open = this.#slotOf(this.#run);
    this.#lengths.forEach((ended, length) => {
      const bursts = ended + (this.#run > 0 && open === length ? 1 : 0);
      if (bursts === 0) return;
      lengths[length > MAX_COUNTED_BURST ? LONGER_BURSTS : `${length}`] = bursts;
      count += bursts;
    });
    return { count, longest: Math.max(this.#longest, this.#run), lengths };
  }

  #end(): void {
    const slot = this.#slotOf(this.#run);
    this.#lengths[slot] = (this.#lengths[slot] as number) + 1;
    if (this.#run > this.#longest) this.#longest = this.#run;
    this.#run = 0;
  }

  /** Where bursts of this length are counted. */
  #slotOf(length: number): number {
    const slot = Math.min(length, MAX_COUNTED_BURST + 1);
    if (slot >= this.#lengths.length) {
      this.#lengths = lengthened(this.#lengths, roomFor(slot + 1, this.#lengths.length, MAX_COUNTED_BURST + 2));
    }
    return slot;
  }
}
