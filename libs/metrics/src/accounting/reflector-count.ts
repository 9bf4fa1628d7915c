import type { CountRange } from '@pathgauge/result';
import { MissingNumbers } from './missing-numbers';
import { SeenNumbers } from './seen-numbers';

/** Undefined where the reflector's numbers do not show it. */
export interface DirectionCounts {
  readonly lostUp: number | undefined;
  readonly lostDown: number | undefined;
  /** What the numbers allow where they do not settle it; undefined where they do, and where nothing is unanswered. */
  readonly lostUpRange: CountRange | undefined;
  readonly lostDownRange: CountRange | undefined;
  readonly duplicatesUp: number | undefined;
  readonly duplicatesDown: number | undefined;
}

/** The counts of the sender's ledger at the end. */
export interface SenderCounts {
  /** The index of the next probe. */
  readonly next: number;
  /** Probes without any reply, in time or late. */
  readonly unanswered: number;
  /** How many of them were sent before, and after, probe `index`. */
  unansweredBefore(index: number): number;
  unansweredAfter(index: number): number;
}

interface ClosingReply {
  readonly order: number;
  readonly number: number;
  /** How many other closing probes had been sent: they may have used up numbers. */
  readonly others: number;
}

/** The reflector's number 0, unwrapped: an earlier number of one that wraps is still above 0. */
const ZERO = 2 ** 32;

/**
 * The direction of loss and duplication, from the numbers that a stateful reflector puts on its replies (RFC 8762 section
 * 4.3): it counts the requests that reach it. A probe that was lost on the way down has used up a number that never came back,
 * so no more of them were lost there than numbers are missing. Whether as many were depends on who else may have used up
 * numbers:
 *
 * - Where no sign of others was seen, nobody did: every missing number is a probe's, and both directions are known. The order in
 *   which the probes came in does not matter.
 * - A sign is a probe that was answered under two numbers (doubled on the way up), more missing numbers than unanswered probes,
 *   and numbers missing where no probe is (`MissingNumbers`), more often than probes overtook others. From then on any missing
 *   number may be of a further copy or another sender's, so the number of losses on the way down is in [0, missing numbers].
 *
 * Probes sent after all others are settled ("closing probes") show how far the reflector had counted. Where some of them were
 * lost themselves, or the reflector had counted before the session and the first probes are unanswered, the range is as wide as
 * what that leaves open. It is assumed that no unanswered probe overtook another one where none of the answered ones did, that
 * nothing overtakes a closing probe that is lost, and that a reflector whose first numbers did not come back began at 0.
 *
 * Nothing is known (the range is all that is unanswered) when the numbers only follow the sender's; when two probes get one
 * number, or a probe gets a lower number than one that had come back before it was sent, because the reflector was restarted; or
 * when the sender goes on from another address, which to the reflector is another session.
 *
 * Many fields: each is one piece of evidence, and a direction is settled from all of them together.
 */
export class ReflectorCount {
  readonly #missing: MissingNumbers;
  #seen: SeenNumbers | undefined;
  #countedBefore = false;
  /** By how much the reflector's number was above the sender's, modulo 2^32, as long as it was always the same. */
  #difference: number | undefined;
  #differs = false;
  #contradicts = false;
  #beyond = false;
  /** Different numbers on replies to probes; the lowest, and one more than the highest of them. */
  #probeNumbers = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #probeNext = 0;
  /** The probes that have these, and how many had been sent when the lowest came back. */
  #lowestIndex = 0;
  #highestIndex = 0;
  #sentByLowest = 0;
  #duplicatesUp = 0;
  #duplicatesDown = 0;
  /** Requests are known to have overtaken one another on the way up. */
  #overtaken = false;
  /** Closing probes may have been sent. A probe that was answered since may have reached the reflector behind them. */
  #isClosing = false;
  #repliedSince = false;
  /** The closing probes that are answered, and the reflector's numbers for them. */
  readonly #closing: ClosingReply[] = [];

  /** `capacity`: how many probes the ledger remembers; `initial`: for how many of them room is made at once. */
  constructor(capacity: number, initial = capacity) {
    this.#missing = new MissingNumbers(capacity, initial);
  }

  /** Must be called before probe `count` leaves. */
  makeRoom(count: number): void {
    this.#missing.makeRoom(count);
  }

  /** Probe `index` leaves. Before any reply to it. */
  sent(index: number): void {
    this.#missing.sent(index, this.#first, this.#seen);
  }

  /** Probe `index` did not leave this host after all. */
  refused(index: number): void {
    this.#missing.refused(index);
  }

  /**
   * A reply to probe `index`. `own` is the reflector's number, `sent` how many probes have been sent; `again`: that probe has
   * been answered before.
   */
  reply(index: number, own: number, sent: number, again: boolean): void {
    this.#compare(own, index);
    this.#repliedSince ||= this.#isClosing;
    const number = this.#unwrapped(own, sent);
    if (!this.#missing.answered(index, number, sent)) this.#contradicts = true;
    const kind = (this.#seen as SeenNumbers).record(number);
    if (kind === 'beyond') {
      this.#beyond = true;
      return;
    }
    if (again && kind === 'new') this.#duplicatesUp++;
    if (again && kind === 'duplicate') this.#duplicatesDown++;
    if (!again && kind === 'duplicate') this.#contradicts = true;
    if (kind === 'duplicate') return;
    this.#probeNumbers++;
    this.#noteLowest(number, index, sent);
    this.#noteHighest(number, index);
  }

  /** Probes leave from another address: the reflector's numbers are of another session, and begin anew. */
  lose(): void {
    this.#contradicts = true;
  }

  /** No more probes are sent; closing probes may be. */
  close(): void {
    this.#isClosing = true;
  }

  /** A reply to closing probe number `order` (from 0) of `sent`, which carried `sequence`. */
  closingReply(order: number, sent: number, sequence: number, own: number): void {
    if (this.#seen === undefined) return;
    this.#compare(own, sequence);
    const number = this.#unwrapped(own, 0);
    if (this.#closing.some((each) => each.order === order && each.number === number)) return;
    const kind = this.#seen.record(number);
    if (kind === 'new' && number > this.#lowest) this.#closing.push({ order, number, others: sent - 1 });
    else this.#contradicts = true;
  }

  snapshot(sender: SenderCounts): DirectionCounts {
    const { unanswered } = sender;
    const [fewest, most] = this.#isUsable ? this.#lostDown(sender) : [0, unanswered];
    const isSettled = this.#isUsable && fewest === most;
    const open = !isSettled && unanswered > 0;
    const duplicates = this.#isUsable && !this.#beyond;
    return {
      lostUp: isSettled ? unanswered - most : undefined,
      lostDown: isSettled ? most : undefined,
      lostUpRange: open ? [unanswered - most, unanswered - fewest] : undefined,
      lostDownRange: open ? [fewest, most] : undefined,
      duplicatesUp: duplicates ? this.#duplicatesUp : undefined,
      duplicatesDown: duplicates ? this.#duplicatesDown : undefined,
    };
  }

  get #isUsable(): boolean {
    return this.#seen !== undefined && !this.#copies && !this.#contradicts;
  }

  /** Whether its numbers follow ours, also across the one that closing probes skip, or may do so. */
  get #copies(): boolean {
    if (this.#differs || this.#difference === undefined) return false;
    // A reflector that counts falls below the sender's number with the first request that it misses, and stays below.
    return this.#difference === 0 || (this.#closing.length > 0 && (this.#difference | 0) > 0);
  }

  /** The lowest number that a probe may have had while none is known to have overtaken another. */
  get #first(): number {
    return this.#countedBefore || this.#lowestIndex === 0 ? Math.min(this.#lowest, this.#probeNext) : ZERO;
  }

  #compare(own: number, sequence: number): void {
    const difference = (own - sequence) >>> 0;
    this.#difference ??= difference;
    if (difference !== this.#difference) this.#differs = true;
  }

  #noteLowest(number: number, index: number, sent: number): void {
    if (number >= this.#lowest) return;
    this.#lowest = number;
    this.#lowestIndex = index;
    this.#sentByLowest = sent;
    // An earlier number of one that wrapped.
    if (number < ZERO) this.#countedBefore = true;
  }

  #noteHighest(number: number, index: number): void {
    const isHighest = number >= this.#probeNext;
    if (isHighest ? index < this.#highestIndex : index > this.#highestIndex) this.#overtaken = true;
    if (!isHighest) return;
    this.#probeNext = number + 1;
    this.#highestIndex = index;
  }

  /** How many replies were lost, at the fewest and at the most. */
  #lostDown(sender: SenderCounts): CountRange {
    const { unanswered } = sender;
    if (unanswered === 0) return [0, 0];
    const first = this.#firstClosing();
    const missing = this.#missingBelow();
    const below = this.#repliedSince ? Math.max(0, missing - (first?.others ?? missing)) : missing;
    const behind = this.#behindLast(first, unanswered - below, sender.unansweredAfter(this.#highestIndex));
    const upTo = (most: number): number => Math.min(unanswered, missing + this.#head(sender) + most);
    const fewest = below + behind.fewest;
    if (fewest > unanswered || this.#hasSigns(sender, behind.surplus)) return [0, upTo(behind.unseen)];
    return [Math.min(fewest, upTo(behind.most)), upTo(behind.most)];
  }

  #firstClosing(): ClosingReply | undefined {
    return this.#closing.reduce<ClosingReply | undefined>(
      (lowest, each) => (lowest === undefined || each.order < lowest.order ? each : lowest),
      undefined,
    );
  }

  /** Whether somebody else may have used up numbers. */
  #hasSigns({ next }: SenderCounts, surplusBehind: number): boolean {
    if (this.#duplicatesUp > 0 || this.#beyond) return true;
    return this.#missing.surplus(next, this.#first, this.#seen as SeenNumbers) + surplusBehind > 0;
  }

  /** Numbers below the highest of a probe that did not come back. */
  #missingBelow(): number {
    const closingBefore = this.#closing.filter(({ number }) => number < this.#probeNext).length;
    return this.#probeNext - this.#first - this.#probeNumbers - closingBefore;
  }

  /** How many unanswered probes may have had a number below those that count. */
  #head(sender: SenderCounts): number {
    // A probe that was sent after the lowest number had come back got a higher one.
    if (this.#countedBefore) {
      return sender.unansweredBefore(this.#overtaken ? this.#sentByLowest : this.#lowestIndex);
    }
    // Either it did not begin at 0, or requests overtook the first one.
    if (this.#lowestIndex === 0) return Math.min(sender.unansweredBefore(this.#sentByLowest), this.#lowest - ZERO);
    return 0;
  }

  /**
   * How many replies were lost behind the highest number that came with one, and how many numbers too many are missing there.
   * `rest` probes are unanswered that no number below it accounts for; `sentLater` of all the unanswered were sent after that
   * probe. Closing probes before the `first` that was answered may have used up some of the numbers.
   */
  #behindLast(first: ClosingReply | undefined, rest: number, sentLater: number) {
    const tail = this.#overtaken ? Math.max(rest, sentLater) : sentLater;
    if (first === undefined) return { fewest: 0, most: tail, unseen: tail, surplus: 0 };
    const unseen = Math.max(0, first.number - this.#probeNext);
    const ofProbes = Math.max(0, unseen - first.others);
    const most = Math.min(unseen, first.others === 0 ? Math.max(0, rest) : tail);
    return { fewest: Math.min(ofProbes, most), most, unseen, surplus: Math.max(0, ofProbes - sentLater) };
  }

  /** Without the wrap at 2^32. */
  #unwrapped(own: number, sent: number): number {
    if (this.#seen === undefined) {
      this.#countedBefore = own > sent;
      this.#seen = new SeenNumbers(this.#countedBefore ? ZERO + own : ZERO, undefined, true);
      this.#probeNext = this.#seen.next;
    }
    const { next } = this.#seen;
    return next + ((own - next) | 0);
  }
}
