import { elapsed, type Instant, type Span } from '@pathgauge/units';

/** What a reply turned out to be. `unknown`: its number was never sent, or so long ago that it is forgotten. */
export type ReplyKind = 'received' | 'late' | 'duplicate' | 'unknown';

export interface LedgerCounts {
  readonly sent: number;
  readonly received: number;
  /** Not answered in time; includes `late`. */
  readonly lost: number;
  readonly outstanding: number;
  /** Answered after the timeout. */
  readonly late: number;
  /** Further replies to a probe that had been answered. */
  readonly duplicates: number;
  /** RFC 4737 section 3.3: answered after a probe that was sent later. Late replies are not counted here. */
  readonly reordered: number;
}

enum State {
  Outstanding = 1,
  Received = 2,
  Lost = 3,
  Late = 4,
}

const SEQUENCE_SPACE = 2 ** 32;

/**
 * What became of every probe of a session, at its sender. Each probe is in exactly one state, so sent = received + lost
 * + outstanding at any time. Memory is a ring of `capacity` probes however long the session runs; a probe that leaves
 * the ring unanswered is lost. Sequence numbers wrap at 2^32. A probe is lost once the waiting time `timeout` has passed
 * (RFC 7680 section 2.8.1).
 */
export class ProbeLedger {
  readonly #capacity: number;
  readonly #timeout: Span;
  readonly #state: Uint8Array;
  readonly #sentAt: Float64Array;
  #sent = 0;
  /** Everything before this one is settled. */
  #oldest = 0;
  /** One more than the highest probe that was answered in time: RFC 4737's NextExp. */
  #nextExpected = 0;
  #received = 0;
  #lost = 0;
  #late = 0;
  #duplicates = 0;
  #reordered = 0;
  #lastReordered = false;

  /** Throws `RangeError` when `capacity` is not a positive integer. */
  constructor(capacity: number, timeout: Span) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`capacity ${capacity} must be at least 1`);
    this.#capacity = capacity;
    this.#timeout = timeout;
    this.#state = new Uint8Array(capacity);
    this.#sentAt = new Float64Array(capacity);
  }

  /** How many probes were sent: the index of the next one. Its number on the wire is this modulo 2^32. */
  get sent(): number {
    return this.#sent;
  }

  get outstanding(): number {
    return this.#sent - this.#received - this.#lost;
  }

  /** Whether the reply of the latest `answer` came after the reply to a later probe. */
  get lastReordered(): boolean {
    return this.#lastReordered;
  }

  /** Books a probe that leaves at `at`. `onLost` hears of a probe that this one pushes out of the ring. */
  send(at: Instant, onLost: (index: number) => void): void {
    if (this.#sent - this.#oldest === this.#capacity) {
      this.#lose(this.#oldest, onLost);
      this.#skipSettled();
    }
    const slot = this.#sent % this.#capacity;
    this.#state[slot] = State.Outstanding;
    this.#sentAt[slot] = at;
    this.#sent++;
  }

  /** The probe that a number on the wire means, or -1 when it is none that the ring still holds. */
  indexOf(sequence: number): number {
    const behind = (((this.#sent - 1 - sequence) % SEQUENCE_SPACE) + SEQUENCE_SPACE) % SEQUENCE_SPACE;
    const index = this.#sent - 1 - behind;
    return index >= 0 && behind < this.#capacity ? index : -1;
  }

  /** When probe `index` left. Only for an index that `indexOf` gave. */
  sentAt(index: number): Instant {
    return this.#sentAt[index % this.#capacity] as Instant;
  }

  /** Books a reply to probe `index` that arrived at `at`. A probe whose time is up counts as lost even if not yet swept. */
  answer(index: number, at: Instant, onLost: (index: number) => void): ReplyKind {
    this.#lastReordered = false;
    if (index < 0) return 'unknown';
    const slot = index % this.#capacity;
    switch (this.#state[slot]) {
      case State.Outstanding:
        if (elapsed(this.sentAt(index), at) > this.#timeout) {
          this.#lose(index, onLost);
          this.#skipSettled();
          return this.#settleLate(slot);
        }
        this.#state[slot] = State.Received;
        this.#received++;
        this.#lastReordered = index < this.#nextExpected;
        if (this.#lastReordered) this.#reordered++;
        else this.#nextExpected = index + 1;
        this.#skipSettled();
        return 'received';
      case State.Lost:
        return this.#settleLate(slot);
      default:
        this.#duplicates++;
        return 'duplicate';
    }
  }

  /** Gives up every probe whose waiting time is over at `now`. */
  expire(now: Instant, onLost: (index: number) => void): void {
    while (this.#oldest < this.#sent && elapsed(this.sentAt(this.#oldest), now) > this.#timeout) {
      this.#lose(this.#oldest, onLost);
      this.#skipSettled();
    }
  }

  /** Gives up everything that is still outstanding. */
  abandon(onLost: (index: number) => void): void {
    while (this.#oldest < this.#sent) {
      this.#lose(this.#oldest, onLost);
      this.#skipSettled();
    }
  }

  /** When the oldest outstanding probe left; undefined when none is outstanding. */
  oldestSentAt(): Instant | undefined {
    return this.#oldest < this.#sent ? this.sentAt(this.#oldest) : undefined;
  }

  snapshot(): LedgerCounts {
    return {
      sent: this.#sent,
      received: this.#received,
      lost: this.#lost,
      outstanding: this.outstanding,
      late: this.#late,
      duplicates: this.#duplicates,
      reordered: this.#reordered,
    };
  }

  #lose(index: number, onLost: (index: number) => void): void {
    this.#state[index % this.#capacity] = State.Lost;
    this.#lost++;
    onLost(index);
  }

  #settleLate(slot: number): 'late' {
    this.#state[slot] = State.Late;
    this.#late++;
    return 'late';
  }

  #skipSettled(): void {
    while (this.#oldest < this.#sent && this.#state[this.#oldest % this.#capacity] !== State.Outstanding)
      this.#oldest++;
  }
}
