import { elapsed, type Instant, type Span } from '@pathgauge/units';
import type { Exchange } from '../clock/exchanges';
import { lengthened, roomFor } from '../columns';
import { AnsweredProbes } from './answered-probes';
import type { LedgerCounts } from './ledger-counts';
import { LossBurstCounter } from './loss-bursts';
import type { ProbeReply, ReplyKind } from './probe-reply';
import { ReflectorCount, type SenderCounts } from './reflector-count';
import { Reordering } from './reordering';

interface LedgerOptions {
  /** How many probes are remembered. */
  readonly capacity: number;
  /** For how many of them room is made at once; for the others as they are sent. Left out: for all of them. */
  readonly initial?: number;
  /** Waiting time after which a probe is lost. */
  readonly timeout: Span;
  /** A probe was given up, and all before it are settled: in order of sending. It may still be answered late. */
  onLost(index: number): void;
  /** A probe was answered in time. Told before it is settled. `reordered`: after a probe that was sent later (RFC 4737). */
  onReceived?(index: number, reordered: boolean): void;
  /**
   * Every probe that was answered in time, once, in order of sending, when all before it are settled. Valid during the call
   * only. Its delays are NaN when the reply carried no timestamps.
   */
  onSettled(probe: Exchange): void;
}

enum State {
  Outstanding = 1,
  Received = 2,
  Lost = 3,
  Late = 4,
  Refused = 5,
}

/**
 * What became of every probe of a session, at its sender. Each probe is in exactly one state, so sent = received + lost
 * + outstanding at any time. Memory is a ring of `capacity` probes however long the session runs, made as it fills; a probe that
 * leaves the ring unanswered is lost. Sequence numbers wrap at 2^32. A probe is lost once the waiting time `timeout` has passed
 * (RFC 7680 section 2.8.1).
 *
 * Many fields: a column for each thing known of a probe, and a count for each state, so that nothing is allocated for a probe.
 */
export class ProbeLedger implements SenderCounts {
  readonly #options: LedgerOptions;
  readonly #capacity: number;
  /** Columns by index modulo `capacity`; while fewer were sent they may be shorter. */
  #state: Uint8Array;
  #sentAt: Float64Array;
  /** When it left by the kernel's account; NaN where that was not told. */
  #stampedAt: Float64Array;
  readonly #answered: AnsweredProbes;
  readonly #bursts = new LossBurstCounter();
  readonly #reflector: ReflectorCount;
  readonly #reordering: Reordering;
  readonly #settled: Exchange = { index: 0, rank: 0, sentAt: 0, arrivedAt: 0, upNs: 0, downNs: 0 };
  /** Refused ones included. */
  #sent = 0;
  #refused = 0;
  /** Everything before this one is settled. */
  #oldest = 0;
  #received = 0;
  #lost = 0;
  #late = 0;
  #duplicates = 0;

  /** Throws `RangeError` when `capacity` is not a positive integer. */
  constructor(options: LedgerOptions) {
    const { capacity } = options;
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`capacity ${capacity} must be at least 1`);
    const initial = Math.min(options.initial ?? capacity, capacity);
    this.#options = options;
    this.#capacity = capacity;
    this.#state = new Uint8Array(initial);
    this.#sentAt = new Float64Array(initial);
    this.#stampedAt = new Float64Array(initial);
    this.#answered = new AnsweredProbes(initial, capacity);
    this.#reordering = new Reordering(capacity, initial);
    this.#reflector = new ReflectorCount(capacity, initial);
  }

  /** The index of the next probe. Its number on the wire is this modulo 2^32. */
  get next(): number {
    return this.#sent;
  }

  get outstanding(): number {
    return this.#sent - this.#refused - this.#received - this.#lost;
  }

  /** Whether anything has come back, in time or late. */
  get answered(): boolean {
    return this.#received + this.#late > 0;
  }

  get unanswered(): number {
    return this.#lost - this.#late;
  }

  /** Makes room for the next probe now, so that sending it takes no time for that. */
  prepare(): void {
    this.#nextSlot();
  }

  /** Books a probe that leaves at `at`. The oldest one leaves the ring for it, as lost when it is still outstanding. */
  send(at: Instant): void {
    if (this.#sent - this.#oldest === this.#capacity) {
      this.#lose(this.#oldest);
      this.#settle();
    }
    const slot = this.#nextSlot();
    this.#state[slot] = State.Outstanding;
    this.#sentAt[slot] = at;
    this.#stampedAt[slot] = Number.NaN;
    this.#reflector.sent(this.#sent++);
  }

  /** This host's own system did not send probe `index` after all: it is neither sent nor lost. */
  refuse(index: number): void {
    const slot = index % this.#capacity;
    if (this.#state[slot] !== State.Outstanding) return;
    this.#state[slot] = State.Refused;
    this.#refused++;
    this.#reflector.refused(index);
    this.#settle();
  }

  /** The probe that a number on the wire means, or -1 when it is none that the ring still holds. */
  indexOf(sequence: number): number {
    // Modulo 2^32.
    const behind = (this.#sent - 1 - sequence) >>> 0;
    const index = this.#sent - 1 - behind;
    return index >= 0 && behind < this.#capacity ? index : -1;
  }

  /** Whether nothing is known yet of probe `index`: neither is it answered nor given up. Only for an index that `indexOf` gave. */
  isOutstanding(index: number): boolean {
    return this.#state[index % this.#capacity] === State.Outstanding;
  }

  /** When probe `index` was handed over. Only for an index that `indexOf` gave, as in what follows. */
  sentAt(index: number): Instant {
    return this.#sentAt[index % this.#capacity] as Instant;
  }

  /** Books when probe `index` left by the kernel's account. Too late once it is answered or given up: its figures are made. */
  stamp(index: number, at: Instant): void {
    const slot = index % this.#capacity;
    if (this.#state[slot] === State.Outstanding) this.#stampedAt[slot] = at;
  }

  isStamped(index: number): boolean {
    return !Number.isNaN(this.#stampedAt[index % this.#capacity]);
  }

  /** When probe `index` left, as exactly as is known. */
  leftAt(index: number): Instant {
    return this.isStamped(index) ? (this.#stampedAt[index % this.#capacity] as Instant) : this.sentAt(index);
  }

  /** Books a reply to probe `index`. A probe whose time is up counts as lost even if it has not been given up yet. */
  answer(index: number, reply: ProbeReply): ReplyKind {
    if (index < 0) return 'unknown';
    const slot = index % this.#capacity;
    const state = this.#state[slot];
    if (state === State.Refused) return 'unknown';
    const again = state === State.Received || state === State.Late;
    if (reply.ownSequence !== undefined) this.#reflector.reply(index, reply.ownSequence, this.#sent, again);
    if (again) {
      this.#duplicates++;
      return 'duplicate';
    }
    const overdue = elapsed(this.leftAt(index), reply.earliestAt ?? reply.arrivedAt) > this.#options.timeout;
    if (state === State.Outstanding && overdue) this.#lose(index);
    if (this.#state[slot] === State.Lost) {
      this.#state[slot] = State.Late;
      this.#late++;
      this.#settle();
      return 'late';
    }
    this.#receive(index, slot, reply);
    return 'received';
  }

  /** Books a reply to closing probe `order` (from 0) of `sent`, which carried `sequence`. */
  answerClosing(order: number, sent: number, sequence: number, ownSequence: number): void {
    this.#reflector.closingReply(order, sent, sequence, ownSequence);
  }

  /** From here on another counter than before numbers the replies, and how far the former one has counted nobody will tell. */
  loseReflector(): void {
    this.#reflector.lose();
  }

  /** Gives up every probe whose waiting time is over at `now`. */
  expire(now: Instant): void {
    while (this.#oldest < this.#sent && elapsed(this.leftAt(this.#oldest), now) > this.#options.timeout) {
      this.#lose(this.#oldest);
      this.#settle();
    }
  }

  /** Gives up everything that is still outstanding; no more is sent. */
  abandon(): void {
    this.#reflector.close();
    while (this.#oldest < this.#sent) {
      this.#lose(this.#oldest);
      this.#settle();
    }
  }

  /** When the oldest outstanding probe left; undefined when none is outstanding. */
  oldestSentAt(): Instant | undefined {
    return this.#oldest < this.#sent ? this.leftAt(this.#oldest) : undefined;
  }

  snapshot(): LedgerCounts {
    return {
      sent: this.#sent - this.#refused,
      received: this.#received,
      lost: this.#lost,
      outstanding: this.outstanding,
      late: this.#late,
      duplicates: this.#duplicates,
      lossBursts: this.#bursts.snapshot(),
      ...this.#reordering.snapshot(),
      ...this.#reflector.snapshot(this),
    };
  }

  /** Of probes that the ring has forgotten, none is taken to have been answered. */
  unansweredBefore(index: number): number {
    let count = 0;
    for (let earlier = 0; earlier < index; earlier++) {
      if (earlier < this.#sent - this.#capacity || this.#state[earlier % this.#capacity] === State.Lost) count++;
    }
    return count;
  }

  /** What has left the ring long ago without being the last to be answered was not answered. */
  unansweredAfter(index: number): number {
    const first = Math.max(index + 1, this.#sent - this.#capacity);
    let count = first - index - 1;
    for (let later = first; later < this.#sent; later++) {
      if (this.#state[later % this.#capacity] === State.Lost) count++;
    }
    return count;
  }

  #receive(index: number, slot: number, { arrivedAt, upNs, downNs }: ProbeReply): void {
    this.#state[slot] = State.Received;
    this.#answered.put(index, this.#received++, arrivedAt, upNs ?? Number.NaN, downNs ?? Number.NaN);
    const reordered = this.#reordering.record(index);
    this.#options.onReceived?.(index, reordered);
    this.#settle();
  }

  /** The place of the next probe, for which there is room now. */
  #nextSlot(): number {
    const slot = this.#sent % this.#capacity;
    if (slot === this.#state.length) this.#grow();
    this.#answered.makeRoom(this.#oldest, this.#sent);
    return slot;
  }

  #grow(): void {
    const room = roomFor(this.#sent + 1, this.#state.length, this.#capacity);
    this.#state = lengthened(this.#state, room);
    this.#sentAt = lengthened(this.#sentAt, room);
    this.#stampedAt = lengthened(this.#stampedAt, room);
    this.#reordering.makeRoom(room);
    this.#reflector.makeRoom(room);
  }

  #lose(index: number): void {
    this.#state[index % this.#capacity] = State.Lost;
    this.#lost++;
  }

  /** Hands on what is settled, up to the oldest probe that is not. */
  #settle(): void {
    for (; this.#oldest < this.#sent; this.#oldest++) {
      const state = this.#state[this.#oldest % this.#capacity];
      if (state === State.Outstanding) return;
      if (state === State.Refused) continue;
      this.#bursts.record(state !== State.Received);
      if (state !== State.Received) {
        this.#options.onLost(this.#oldest);
        continue;
      }
      this.#answered.read(this.#oldest, this.#settled);
      this.#settled.sentAt = this.leftAt(this.#oldest);
      this.#options.onSettled(this.#settled);
    }
  }
}
