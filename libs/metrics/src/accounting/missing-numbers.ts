import { lengthened } from '../columns';
import type { SeenNumbers } from './seen-numbers';

/** How many probes are compared together: 3/4 MiB. Older ones are settled; their replies came long ago. */
const MAX_PROBES = 32_768;

/** The state of the comparison. */
interface Account {
  /** The first probe that is not compared yet. */
  next: number;
  /** The lowest number of the open block, and the highest number that came back. */
  blockFrom: number;
  highest: number;
  /** Probes without a reply inside the open block, and since the last one with a reply. */
  inside: number;
  since: number;
  /** Numbers that did not come back from places where too few probes are unanswered. */
  surplus: number;
}

/**
 * Compares the numbers that did not come back with the probes that went unanswered at the same place. Probes that were
 * answered part the run into places: while none of them overtook another, a number that is missing between those of probes 7
 * and 9 can only be that of probe 8. Where probe 8 was answered, or more numbers are missing than probes, somebody else used up
 * a number: a copy of a probe that was doubled on the way up, or another sender. Probes that overtook one another are one block,
 * because it is not known which of them had which number.
 */
export class MissingNumbers {
  readonly #size: number;
  /** Of each probe, the lowest number that came back on a reply to it; NaN: none did; +Infinity: it was not sent after all. */
  #numberOf: Float64Array;
  /** Of each probe, one more than the highest number that had come back when it was sent. */
  #nextAtSending: Float64Array;
  /** The lowest number of this and all later probes; while it is looked for. */
  #lowestFrom = new Float64Array(0);
  #account: Account | undefined;

  /** `capacity`: how many probes the ledger remembers. Room for `initial` is made at once, for the others by `makeRoom`. */
  constructor(capacity: number, initial = capacity) {
    this.#size = Math.min(Math.max(capacity, 2), MAX_PROBES);
    const room = Math.min(initial, this.#size);
    this.#numberOf = new Float64Array(room);
    this.#nextAtSending = new Float64Array(room);
  }

  /** Probe `index` is sent. `first`: the lowest number that a probe may have had, as far as is known by now. */
  sent(index: number, first: number, seen: SeenNumbers | undefined): void {
    if (seen !== undefined && index - (this.#account?.next ?? 0) >= this.#size) {
      this.#account ??= opened(first, index - this.#size);
      this.#look(this.#account, index - (this.#size >> 1), index, seen);
    }
    this.#numberOf[index % this.#size] = Number.NaN;
    this.#nextAtSending[index % this.#size] = seen?.next ?? 0;
  }

  /** Probe `index` did not leave the host after all: no number is missing because of it. */
  refused(index: number): void {
    this.#numberOf[index % this.#size] = Number.POSITIVE_INFINITY;
  }

  /**
   * A reply to probe `index` has `number`, of `sent` probes. Returns whether that can be: a probe that is sent when a higher
   * number has come back already gets a higher one still.
   */
  answered(index: number, number: number, sent: number): boolean {
    if (sent - index > this.#size) return true;
    const slot = index % this.#size;
    const before = this.#numberOf[slot] as number;
    if (!(before <= number)) this.#numberOf[slot] = number;
    return number >= (this.#nextAtSending[slot] as number);
  }

  /** How many numbers are missing where no probe is, of `sent` probes; `first` as in `sent`. */
  surplus(sent: number, first: number, seen: SeenNumbers): number {
    const begin = Math.max(0, sent - this.#size);
    const account = this.#account === undefined ? opened(first, begin) : { ...this.#account };
    this.#look(account, sent, sent, seen);
    closeBlock(account, seen);
    return account.surplus;
  }

  /** Must be called before probe `count` is sent. Until the columns are `#size` long, no index in them wraps. */
  makeRoom(count: number): void {
    const room = Math.min(count, this.#size);
    if (room <= this.#numberOf.length) return;
    this.#numberOf = lengthened(this.#numberOf, room);
    this.#nextAtSending = lengthened(this.#nextAtSending, room);
  }

  /** Looks at probes up to `to`; those up to `end` are known. */
  #look(account: Account, to: number, end: number, seen: SeenNumbers): void {
    const room = this.#numberOf.length;
    if (this.#lowestFrom.length < room) this.#lowestFrom = new Float64Array(room);
    let lowest = Number.POSITIVE_INFINITY;
    for (let index = end - 1; index >= account.next; index--) {
      const slot = index % this.#size;
      lowest = Math.min(lowest, Number.isNaN(this.#numberOf[slot]) ? lowest : (this.#numberOf[slot] as number));
      this.#lowestFrom[slot] = lowest;
    }
    for (; account.next < to; account.next++) {
      const slot = account.next % this.#size;
      const number = this.#numberOf[slot] as number;
      if (Number.isNaN(number)) account.since++;
      else if (number !== Number.POSITIVE_INFINITY) place(account, number, this.#lowestFrom[slot] as number, seen);
    }
  }
}

/** All before `next` went unanswered: nothing had come back. */
const opened = (first: number, next: number): Account => ({
  ...{ next, blockFrom: first, highest: first - 1 },
  ...{ inside: 0, since: next, surplus: 0 },
});

/** A probe that was answered with `number`; `lowest` is the lowest one from this probe on. */
function place(account: Account, number: number, lowest: number, seen: SeenNumbers): void {
  if (lowest > account.highest) {
    closeBlock(account, seen);
    book(account, seen.missing(account.highest + 1, lowest), account.since);
    account.blockFrom = lowest;
  } else {
    account.inside += account.since;
  }
  account.since = 0;
  account.highest = Math.max(account.highest, number);
}

function closeBlock(account: Account, seen: SeenNumbers): void {
  book(account, seen.missing(account.blockFrom, account.highest), account.inside);
  account.inside = 0;
}

function book(account: Account, missing: number, unanswered: number): void {
  account.surplus += Math.max(0, missing - unanswered);
}
