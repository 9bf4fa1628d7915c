import type { ReportedInterval } from '@pathgauge/protocol';
import type { Interval } from '@pathgauge/result';
import { rateOf, span } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';

/** A peer counts by its own clock, and this host may be held up for some intervals: more are not waited for. */
const MAX_AHEAD = 256;
/** Ten minutes of seconds. A peer that has reported none of them by then will not; nor does a queue hold that much. */
const MAX_WAITING = 600;

/** A write counts as sent when it is done: as much as this of each stream may have arrived before. */
const MAX_UNCOUNTED = 2 * 1024 ** 2;

/** What waits for its other half, of one stream or of the sum. */
interface Waiting {
  readonly own: Interval[];
  readonly theirs: ReportedInterval[];
  /** In all reports so far. */
  bytes: number;
  startNs: number;
  hasJoined: boolean;
  /** How many the peer has reported beyond this end's. */
  beyond: number;
}

interface JoinListener {
  onInterval(interval: Interval): void;
  /** What this end has handed over of a stream, or of all. */
  sentSoFar(stream: number | undefined): { readonly bytes: number; readonly streams: number };
}

/**
 * Joins what the sending end knows of its intervals with what the receiving end reports of them: the first of one end belongs to the
 * first of the other, and so on. Each end counts from its own beginning, so they differ by the way and no more.
 */
export class IntervalJoin {
  readonly #metrics: MetricSwitches;
  readonly #listener: JoinListener;
  /** What this end had of what was joined. */
  readonly #own = new WeakMap<Interval, Interval>();
  readonly #waiting = new Map<number | undefined, Waiting>();
  #hasOwnEnded = false;
  #isSettled = false;
  #fault: string | undefined;

  constructor(metrics: MetricSwitches, listener: JoinListener) {
    this.#metrics = metrics;
    this.#listener = listener;
  }

  /** What the peer has reported that cannot be: then nothing more of it is believed. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** An interval as this end alone knows it; undefined where it sent nothing any more. */
  asSent(interval: Interval): Interval | undefined {
    return interval.measuredAt === 'sender' ? interval : this.#own.get(interval);
  }

  /** One stream, or the sum of all (undefined), is told of by both ends. */
  add(stream: number | undefined): void {
    this.#waiting.set(stream, { own: [], theirs: [], bytes: 0, startNs: 0, hasJoined: false, beyond: 0 });
  }

  /** The next interval of a stream, or of all: what was sent in it. */
  addOwn(interval: Interval): void {
    const waiting = this.#waiting.get(interval.stream);
    if (this.#isSettled || waiting === undefined) {
      this.#listener.onInterval(interval);
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
    this.#fault = this.#faultOf(reported, waiting);
    if (this.#fault !== undefined) {
      this.settle(false);
      return;
    }
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
    for (const { own, theirs, hasJoined } of this.#waiting.values()) {
      theirs.length = 0;
      for (const one of own.splice(0)) this.#tell(hasAll && hasJoined ? withNothingReceived(one) : one, one);
    }
  }

  #join(waiting: Waiting): void {
    const { own, theirs } = waiting;
    while (theirs[0] !== undefined && (own[0] !== undefined || this.#hasOwnEnded)) {
      waiting.hasJoined = true;
      if (own[0] === undefined) waiting.beyond++;
      const one = own.shift();
      this.#tell(joinedInterval(one, theirs.shift() as ReportedInterval, this.#metrics), one);
    }
  }

  #tell(interval: Interval, own: Interval | undefined): void {
    if (own !== undefined) this.#own.set(interval, own);
    this.#listener.onInterval(interval);
  }

  #faultOf({ stream, startNs, bytes }: ReportedInterval, waiting: Waiting): string | undefined {
    // The last ones of streams of which some were merged with the one before overlap in their sum.
    if (startNs < waiting.startNs) return 'intervals are reported out of order';
    waiting.startNs = startNs;
    waiting.bytes += bytes;
    const { bytes: sent, streams } = this.#listener.sentSoFar(stream);
    return waiting.bytes <= sent + streams * MAX_UNCOUNTED
      ? undefined
      : `bytes reported ${waiting.bytes}, sent by then ${sent}`;
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
