import type { Interval } from '@pathgauge/result';
import { rateOf, span } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';

/** What the receiving end reports of an interval while the load runs. */
export type ReportedInterval = Pick<
  Interval,
  'stream' | 'direction' | 'startNs' | 'endNs' | 'bytes' | 'messages' | 'lost' | 'jitterNs' | 'owdMeanNs'
>;

/** A peer counts by its own clock, and this host may be held up for some intervals: more are not waited for. */
const MAX_AHEAD = 256;
/** Ten minutes of seconds. A peer that has reported none of them by then will not; nor does a queue hold that much. */
const MAX_WAITING = 600;

/** What waits for its other half, of one stream or of the sum. */
interface Waiting {
  readonly own: Interval[];
  readonly theirs: ReportedInterval[];
  hasJoined: boolean;
  /** How many the peer has reported beyond this end's. */
  beyond: number;
}

/**
 * Joins what the sending end knows of its intervals with what the receiving end reports of them: the first of one end belongs to the
 * first of the other, and so on. Each end counts from its own beginning, so they differ by the way and no more.
 */
export class IntervalJoin {
  readonly #metrics: MetricSwitches;
  readonly #onInterval: (interval: Interval) => void;
  readonly #waiting = new Map<number | undefined, Waiting>();
  #hasOwnEnded = false;
  #isSettled = false;

  constructor(metrics: MetricSwitches, onInterval: (interval: Interval) => void) {
    this.#metrics = metrics;
    this.#onInterval = onInterval;
  }

  /** One stream, or the sum of all (undefined), is told of by both ends. */
  add(stream: number | undefined): void {
    this.#waiting.set(stream, { own: [], theirs: [], hasJoined: false, beyond: 0 });
  }

  /** The next interval of a stream, or of all: what was sent in it. */
  addOwn(interval: Interval): void {
    const waiting = this.#waiting.get(interval.stream);
    if (this.#isSettled || waiting === undefined) {
      this.#onInterval(interval);
      return;
    }
    waiting.own.push(interval);
    this.#join(waiting);
    if (waiting.own.length > MAX_WAITING) this.settle(false);
  }

  /** The next interval of a stream, or of all, as the peer has it. What nobody sends here is left out, and what cannot be. */
  addReported(reported: ReportedInterval): void {
    const waiting = this.#waiting.get(reported.stream);
    if (this.#isSettled || waiting === undefined) return;
    if (waiting.theirs.length >= MAX_AHEAD || waiting.beyond >= MAX_WAITING) return;
    waiting.theirs.push(reported);
    this.#join(waiting);
  }

  /** This end has told all that it sent: what the peer reports beyond that came late. */
  endOwn(): void {
    this.#hasOwnEnded = true;
    for (const waiting of this.#waiting.values()) this.#join(waiting);
  }

  /** The peer reports nothing more. `hasAll`: it has reported all that it received; else what waits is told as it was sent. */
  settle(hasAll: boolean): void {
    this.#isSettled = true;
    for (const { own, hasJoined } of this.#waiting.values())
      for (const one of own.splice(0)) this.#onInterval(hasAll && hasJoined ? withNothingReceived(one) : one);
  }

  #join(waiting: Waiting): void {
    const { own, theirs } = waiting;
    while (theirs[0] !== undefined && (own[0] !== undefined || this.#hasOwnEnded)) {
      waiting.hasJoined = true;
      if (own[0] === undefined) waiting.beyond++;
      this.#onInterval(joinedInterval(own.shift(), theirs.shift() as ReportedInterval, this.#metrics));
    }
  }
}

/** `own`: undefined where this end sent nothing any more. */
const joinedInterval = (own: Interval | undefined, theirs: ReportedInterval, metrics: MetricSwitches): Interval => ({
  stream: theirs.stream,
  direction: theirs.direction,
  measuredAt: 'receiver',
  startNs: theirs.startNs,
  endNs: theirs.endNs,
  bytes: theirs.bytes,
  bitsPerSecond: metrics.throughput ? rateOf(theirs.bytes, span(theirs.endNs - theirs.startNs)) : undefined,
  messages: theirs.messages,
  lost: theirs.lost,
  jitterNs: metrics.jitter ? theirs.jitterNs : undefined,
  owdMeanNs: metrics.oneWayDelay ? theirs.owdMeanNs : undefined,
  sentBytes: own?.bytes ?? 0,
  retransmits: own?.retransmits,
  rttNs: own?.rttNs,
  cwndBytes: own?.cwndBytes,
});

/** Of a peer that has told all: behind its last interval, nothing more came. */
const withNothingReceived = (own: Interval): Interval => ({
  ...own,
  measuredAt: 'receiver',
  bytes: 0,
  sentBytes: own.bytes,
  bitsPerSecond: own.bitsPerSecond === undefined ? undefined : rateOf(0, span(own.endNs - own.startNs)),
  messages: own.messages === undefined ? undefined : 0,
});
