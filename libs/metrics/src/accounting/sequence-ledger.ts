import type { LossBursts } from '@pathgauge/result';
import type { Estimator } from '../estimator';
import { LossBurstCounter } from './loss-bursts';
import { type ReorderCounts, Reordering } from './reordering';
import { type ArrivalKind, SeenNumbers } from './seen-numbers';

export interface SequenceCounts extends ReorderCounts {
  /** Different numbers that arrived. */
  readonly received: number;
  readonly duplicates: number;
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
  readonly #bursts = new LossBurstCounter();
  readonly #seen = new SeenNumbers(0, this.#bursts);
  readonly #reordering = new Reordering(SeenNumbers.window);
  #received = 0;
  #duplicates = 0;
  #beyondWindow = 0;

  record(sequence: number): ArrivalKind {
    const kind = this.#seen.record(sequence);
    if (kind === 'new') {
      this.#received++;
      this.#reordering.record(sequence);
    } else if (kind === 'duplicate') this.#duplicates++;
    else this.#beyondWindow++;
    return kind;
  }

  /** One more than the highest number that arrived. */
  get next(): number {
    return this.#seen.next;
  }

  /** `count` consecutive numbers from `first` on, in that order. Returns how many of them are new. */
  recordRun(first: number, count: number): number {
    if (first >= this.next && count > 0) {
      // Behind a gap the first one jumps it; the others go on from there.
      this.record(first);
      this.#seen.recordNext(count - 1);
      this.#reordering.recordNext(first + 1, count - 1);
      this.#received += count - 1;
      return count;
    }
    let fresh = 0;
    for (let sequence = first; sequence < first + count; sequence++) if (this.record(sequence) === 'new') fresh++;
    return fresh;
  }

  snapshot(): SequenceCounts {
    return {
      received: this.#received,
      duplicates: this.#duplicates,
      expected: this.#seen.next,
      beyondWindow: this.#beyondWindow,
      ...this.#reordering.snapshot(),
    };
  }

  /** Losses in runs, of `sent` numbers. Asked once, when everything has arrived that will. */
  lossBursts(sent: number): LossBursts {
    this.#seen.settle(sent);
    return this.#bursts.snapshot();
  }
}
