import type { HostStalls as StallCounts } from '@pathgauge/result';
import type { Timer, Transport } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span } from '@pathgauge/units';

/** A message that is later than this is not sent any more: a burst that makes up for lost time would measure itself. */
export const MAX_CATCH_UP: Span = milliseconds(5);
/** No timer wakes exactly on time: less than this is the system's ordinary scheduling. */
const MIN_STALL: Span = milliseconds(20);
/** So often something is due even when nothing else is. */
const BEAT: Span = milliseconds(20);

/** Sees when this host was held up: something woke much later than it was due. */
export class HostStalls {
  #count = 0;
  #longestNs = 0;
  /** When the latest stall was over: what else was due within it is part of it. */
  #overAt = Number.NEGATIVE_INFINITY;
  #latestNs = 0;
  #mostLateNs = 0;
  #aliveAt = Number.NEGATIVE_INFINITY;

  /** When this program was last seen to run: what it reads now has arrived since then. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  /** So long, at the most, this program did nothing while it was watched. */
  get longestPauseNs(): number {
    return BEAT + this.#mostLateNs;
  }

  /** Something that was due at `due` ran at `now`. */
  observe(due: Instant, now: Instant): void {
    this.#aliveAt = now;
    const late = elapsed(due, now);
    if (late > this.#mostLateNs) this.#mostLateNs = late;
    if (late < MIN_STALL) return;
    const isNew = due >= this.#overAt;
    if (isNew) this.#count++;
    this.#latestNs = isNew ? late : Math.max(this.#latestNs, late);
    this.#overAt = now;
    this.#longestNs = Math.max(this.#longestNs, this.#latestNs);
  }

  snapshot(): StallCounts {
    return { count: this.#count, longestNs: this.#longestNs };
  }
}

/**
 * Whether a run is shorter than it was asked for: its host's system refused something, or the host was held up. A few messages
 * that woke too late to be sent, on a host that was never held up for long, are counted and cut nothing short.
 */
export const isShort = (heldUp: number, refused: number, stalls: StallCounts | undefined): boolean =>
  refused > 0 || (heldUp > 0 && (stalls?.count ?? 0) > 0);

/** Lets something be due all the time, so that a stall is seen also while nothing is sent. */
export class StallWatch {
  readonly #timer: Timer;
  readonly #now: () => Instant;
  readonly #stalls: HostStalls;
  #due: Instant | undefined;

  constructor({ clock, coarseTimer }: Pick<Transport, 'clock' | 'coarseTimer'>, stalls: HostStalls) {
    this.#timer = coarseTimer();
    this.#now = () => clock.now();
    this.#stalls = stalls;
  }

  begin(): void {
    this.#due = after(this.#now(), BEAT);
    this.#timer.set(this.#due, () => {
      this.look();
      this.begin();
    });
  }

  /** Sees at once whether there is a stall, before the timer has its turn. */
  look(): void {
    if (this.#due !== undefined) this.#stalls.observe(this.#due, this.#now());
  }

  /** A stall that is still under way is seen before. */
  end(): void {
    this.look();
    this.#due = undefined;
    this.#timer.clear();
  }
}
