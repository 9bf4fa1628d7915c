import { SeenNumbers } from './seen-numbers';

/** Undefined: the reflector's numbers do not tell. */
export interface DirectionCounts {
  readonly lostUp: number | undefined;
  readonly lostDown: number | undefined;
  readonly duplicatesUp: number | undefined;
  readonly duplicatesDown: number | undefined;
}

/** So many doubled probes may have lost one of their replies without any other one showing that probes are doubled. */
const MOST_UNEXPLAINED = 3;

/** What the sender's ledger knows at the end. */
export interface SenderCounts {
  /** Probes without any reply, in time or late. */
  readonly unanswered: number;
  /** How many of them were sent after probe `index`. */
  unansweredAfter(index: number): number;
}

/**
 * The direction of loss and duplication, from the numbers that a stateful reflector puts on its replies (RFC 8762 section
 * 4.3): it counts the requests that reached it, so a number never seen is a reply that was lost on the way down, and what
 * else is unanswered was lost on the way up. Right for any order and duplication, except that a probe doubled on the way up,
 * one of whose replies is lost, may pass for another's loss on the way down, and as long as nothing overtakes a closing probe
 * that is lost itself.
 *
 * Probes sent after all others are settled ("closing probes") show how far the reflector had counted. There is no answer
 * when its number only follows the sender's, when it gives one number to two probes or skips many, when it had counted before
 * the session and the first probes are unanswered, or when closing probes and last probes were lost together.
 */
export class ReflectorCount {
  #seen: SeenNumbers | undefined;
  /** The reflector's number for the first request it ever got; its lowest one where it had counted before. */
  #base = 0;
  #countedBefore = false;
  /** By how much the reflector's number was above the sender's, modulo 2^32, as long as it was always the same. */
  #difference: number | undefined;
  #differs = false;
  #contradicts = false;
  #beyond = false;
  /** Different numbers on replies to probes, and one more than the highest of them. */
  #probeNumbers = 0;
  #probeNext = 0;
  /** The probes with the lowest and the highest of them. */
  #lowestIndex = 0;
  #highestIndex = 0;
  #duplicatesUp = 0;
  #duplicatesDown = 0;
  /** Requests are known to have overtaken one another on the way up. */
  #overtaken = false;
  /** The closing probes that are answered, and the reflector's numbers for them. */
  readonly #closing: { readonly order: number; readonly number: number }[] = [];

  /**
   * A reply to probe `index`. `own` is the reflector's number, `sent` how many probes have been sent; `again`: that probe has
   * been answered before.
   */
  reply(index: number, own: number, sent: number, again: boolean): void {
    this.#compare(own, index);
    const number = this.#unwrapped(own, sent);
    const kind = number < 0 ? 'beyond' : (this.#seen as SeenNumbers).record(number);
    if (kind === 'beyond') {
      this.#beyond = true;
      return;
    }
    if (again && kind === 'new') this.#duplicatesUp++;
    if (again && kind === 'duplicate') this.#duplicatesDown++;
    if (!again && kind === 'duplicate') this.#contradicts = true;
    if (kind === 'duplicate') return;
    this.#probeNumbers++;
    if (number < this.#base || this.#probeNumbers === 1) this.#lowestIndex = index;
    if (this.#countedBefore && number < this.#base) this.#base = number;
    if (number < this.#probeNext) {
      if (index > this.#highestIndex) this.#overtaken = true;
      return;
    }
    if (index < this.#highestIndex) this.#overtaken = true;
    this.#probeNext = number + 1;
    this.#highestIndex = index;
  }

  /** A reply to closing probe number `order` (from 0), which carried `sequence`. */
  closingReply(order: number, sequence: number, own: number): void {
    if (this.#seen === undefined) return;
    this.#compare(own, sequence);
    const number = this.#unwrapped(own, 0);
    if (number >= 0 && this.#seen.record(number) === 'new') this.#closing.push({ order, number });
  }

  snapshot(sender: SenderCounts): DirectionCounts {
    const duplicates = this.#tells && !this.#beyond;
    const lostDown = this.#tells ? this.#lostDown(sender) : undefined;
    return {
      lostUp: lostDown === undefined ? undefined : sender.unanswered - lostDown,
      lostDown,
      duplicatesUp: duplicates ? this.#duplicatesUp : undefined,
      duplicatesDown: duplicates ? this.#duplicatesDown : undefined,
    };
  }

  get #tells(): boolean {
    return this.#seen !== undefined && !this.#copies && !this.#contradicts;
  }

  /** Its numbers follow ours, also across the one that closing probes skip, or might for all that is known. */
  get #copies(): boolean {
    if (this.#differs || this.#difference === undefined) return false;
    // One that counts is below the sender's number once it missed a request, and as far below ever after.
    return this.#difference === 0 || (this.#closing.length > 0 && (this.#difference | 0) > 0);
  }

  #compare(own: number, sequence: number): void {
    const difference = (own - sequence) >>> 0;
    this.#difference ??= difference;
    if (difference !== this.#difference) this.#differs = true;
  }

  #lostDown(sender: SenderCounts): number | undefined {
    if (sender.unanswered === 0) return 0;
    if (this.#countedBefore && this.#lowestIndex > 0) return undefined;
    const closingBefore = this.#closing.filter(({ number }) => number < this.#probeNext).length;
    const before = this.#probeNext - this.#base - this.#probeNumbers - closingBefore;
    const rest = Math.max(0, sender.unanswered - before);
    // More numbers were used up than probes doubled on the way up can explain: it counts others' requests too, or nothing.
    if (before - sender.unanswered > MOST_UNEXPLAINED + 2 * this.#duplicatesUp) return undefined;
    const behind = this.#lostBehindLast(rest, sender.unansweredAfter(this.#highestIndex));
    return behind === undefined ? undefined : Math.min(before + behind, sender.unanswered);
  }

  /**
   * How many replies were lost behind the highest number that came with one. `rest` probes are unanswered that no number
   * below it accounts for; `sentLater` of all the unanswered were sent after that probe. Closing probes that were lost
   * themselves may have used up some of the numbers.
   */
  #lostBehindLast(rest: number, sentLater: number): number | undefined {
    const tail = this.#overtaken ? Math.max(rest, sentLater) : sentLater;
    const first = this.#closing.reduce<{ order: number; number: number } | undefined>(
      (lowest, each) => (lowest === undefined || each.order < lowest.order ? each : lowest),
      undefined,
    );
    if (first === undefined) return tail === 0 ? 0 : undefined;
    const { order } = first;
    const unseen = Math.max(0, first.number - this.#probeNext);
    if (order === 0) return Math.min(unseen, rest);
    // More numbers than closing probes were used up: somewhere requests overtook one another unseen, or were doubled.
    if (tail === 0) return rest > 0 && unseen > order ? undefined : 0;
    const fewest = Math.max(0, unseen - order);
    const most = Math.min(unseen, tail);
    return fewest >= most ? most : undefined;
  }

  /** Without the wrap at 2^32. Below 0: it cannot be. */
  #unwrapped(own: number, sent: number): number {
    if (this.#seen === undefined) {
      this.#countedBefore = own > sent;
      this.#base = this.#countedBefore ? own : 0;
      this.#seen = new SeenNumbers(this.#base);
    }
    const { next } = this.#seen;
    return next + ((own - next) | 0);
  }
}
