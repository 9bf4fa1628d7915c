import type { Timer, Transport } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span, span } from '@pathgauge/units';
import type { IntervalTimes } from './interval-report';

/** Traffic behind a boundary closes an interval. Where there is none, a timer does, this much later. */
const SILENCE: Span = milliseconds(5);
const NEVER = Number.POSITIVE_INFINITY as Instant;
/** What is shorter than this part of an interval is none of its own: it belongs to the one before. */
const SLIVERS = 10;

interface IntervalClockListener {
  onInterval(times: IntervalTimes): void;
  /** What follows the latest interval is long enough to be one. */
  onSettled(): void;
}

/** The longest rest of a load that is no interval of its own. */
export const sliverOf = (interval: Span): Span => span(interval / SLIVERS);

/**
 * Cuts the time of a load into intervals. They end a whole number of intervals after its beginning, however late that is seen. Many
 * fields: each message asks whether something is due, and must find the answer in one of them.
 */
export class IntervalClock {
  readonly #interval: Span;
  readonly #silence: Timer;
  readonly #now: () => Instant;
  readonly #listener: IntervalClockListener;
  #begin = 0 as Instant;
  #closedAt = 0 as Instant;
  #onBegin: (() => void) | undefined;
  /** Where the interval in hand ends. */
  #boundary = NEVER;
  /** When the one before it is settled. */
  #settling = NEVER;
  /** The earliest of all that is due. */
  #next = NEVER;
  #closed = 0;
  #isStarted = false;
  #isHeld = false;

  constructor(
    { clock, coarseTimer }: Pick<Transport, 'clock' | 'coarseTimer'>,
    interval: Span,
    listener: IntervalClockListener,
  ) {
    this.#interval = interval;
    this.#silence = coarseTimer();
    this.#now = () => clock.now();
    this.#listener = listener;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** When the load began, or begins. */
  get begin(): Instant {
    return this.#begin;
  }

  /** Whether an interval was closed. */
  get hasClosed(): boolean {
    return this.#closed > 0;
  }

  /** The load begins at `begin`, which may be ahead: then `onBegin` is called with the first word of anything from then on. */
  start(begin: Instant, onBegin?: () => void): void {
    this.#isStarted = true;
    this.#onBegin = this.#isHeld ? undefined : onBegin;
    this.#countFrom(begin);
    this.#watchSilence();
  }

  /** Something has come. A load that is received begins with its first arrival, as long as no interval was closed. */
  passArrival(at: Instant, isFirst: boolean): void {
    if (isFirst && this.#isStarted && this.#closed === 0 && this.#onBegin === undefined) this.#countFrom(at);
    else this.pass(at);
  }

  /** Closes every interval that ends at or before `now`. */
  readonly pass = (now: Instant): void => {
    while (now >= this.#next) this.#advance();
  };

  /** The load is over: no interval is closed any more but the last. */
  hold(): void {
    this.#isHeld = true;
    this.#silence.clear();
    this.#onBegin = undefined;
    this.#boundary = NEVER;
    this.#settling = NEVER;
    this.#next = NEVER;
  }

  /** The latest interval waits for the end of the load, which is near, or for the next boundary. */
  holdLatest(): void {
    this.#settling = NEVER;
    this.#findNext();
  }

  /** The times of the last interval, which ends at `end`. The last boundary may lie behind it: the peer says when the load ended. */
  last(end: Instant): IntervalTimes {
    return this.#timesUntil(Math.max(end, this.#closedAt) as Instant);
  }

  #countFrom(begin: Instant): void {
    this.#begin = begin;
    this.#closedAt = begin;
    if (this.#isHeld) return;
    this.#boundary = after(begin, this.#interval);
    this.#findNext();
  }

  #findNext(): void {
    const ends = Math.min(this.#boundary, this.#settling) as Instant;
    this.#next = this.#onBegin === undefined ? ends : this.#begin;
  }

  /** Does what is due first. */
  #advance(): void {
    const onBegin = this.#onBegin;
    if (onBegin !== undefined) {
      this.#onBegin = undefined;
      this.#findNext();
      onBegin();
    } else if (this.#settling <= this.#boundary) {
      this.#settling = NEVER;
      this.#findNext();
      this.#listener.onSettled();
    } else {
      const until = this.#boundary;
      this.#boundary = after(until, this.#interval);
      this.#settling = after(until, sliverOf(this.#interval));
      this.#findNext();
      this.#close(until);
    }
  }

  #watchSilence(): void {
    if (this.#isHeld) return;
    this.#silence.set(after(this.#next, SILENCE), () => {
      this.pass(this.#now());
      this.#watchSilence();
    });
  }

  #close(until: Instant): void {
    const times = this.#timesUntil(until);
    this.#closedAt = until;
    this.#closed++;
    this.#listener.onInterval(times);
  }

  #timesUntil(until: Instant): IntervalTimes {
    return { startNs: elapsed(this.#begin, this.#closedAt), endNs: elapsed(this.#begin, until) };
  }
}
