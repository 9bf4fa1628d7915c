import type { Timer, Transport } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span } from '@pathgauge/units';
import type { IntervalTimes } from './interval-report';

/** Traffic behind a boundary closes an interval. Where there is none, a timer does, this much later. */
const SILENCE: Span = milliseconds(5);
const NEVER = Number.POSITIVE_INFINITY as Instant;

/** Cuts the time of a load into intervals. They end a whole number of intervals after its beginning, however late that is seen. */
export class IntervalClock {
  readonly #interval: Span;
  readonly #silence: Timer;
  readonly #now: () => Instant;
  readonly #onInterval: (times: IntervalTimes) => void;
  #begin = 0 as Instant;
  #closedAt = 0 as Instant;
  /** Where the interval in hand ends. */
  #boundary = NEVER;
  #closed = 0;
  #isStarted = false;
  #isHeld = false;

  constructor(
    { clock, coarseTimer }: Pick<Transport, 'clock' | 'coarseTimer'>,
    interval: Span,
    onInterval: (times: IntervalTimes) => void,
  ) {
    this.#interval = interval;
    this.#silence = coarseTimer();
    this.#now = () => clock.now();
    this.#onInterval = onInterval;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** When the load began. */
  get begin(): Instant {
    return this.#begin;
  }

  /** Whether an interval was closed. */
  get hasClosed(): boolean {
    return this.#closed > 0;
  }

  /** The load begins at `begin`. */
  start(begin: Instant): void {
    this.#isStarted = true;
    this.#countFrom(begin);
    this.#watchSilence();
  }

  /** Something has come. A load that is received begins with its first arrival, as long as no interval was closed. */
  passArrival(at: Instant, isFirst: boolean): void {
    if (isFirst && this.#isStarted && this.#closed === 0) this.#countFrom(at);
    else this.pass(at);
  }

  /** Closes every interval that ends at or before `now`. */
  readonly pass = (now: Instant): void => {
    while (now >= this.#boundary) {
      const until = this.#boundary;
      this.#boundary = after(until, this.#interval);
      this.#close(until);
    }
  };

  /** The load is over: no interval is closed any more but the last. */
  hold(): void {
    this.#isHeld = true;
    this.#silence.clear();
    this.#boundary = NEVER;
  }

  /** Closes the last interval at `end`. The last boundary may lie behind it: the peer says when the load ended. */
  closeLast(end: Instant): void {
    this.#close(Math.max(end, this.#closedAt) as Instant);
  }

  #countFrom(begin: Instant): void {
    this.#begin = begin;
    this.#closedAt = begin;
    if (!this.#isHeld) this.#boundary = after(begin, this.#interval);
  }

  #watchSilence(): void {
    if (this.#isHeld) return;
    this.#silence.set(after(this.#boundary, SILENCE), () => {
      this.pass(this.#now());
      this.#watchSilence();
    });
  }

  #close(until: Instant): void {
    const times = { startNs: elapsed(this.#begin, this.#closedAt), endNs: elapsed(this.#begin, until) };
    this.#closedAt = until;
    this.#closed++;
    this.#onInterval(times);
  }
}
