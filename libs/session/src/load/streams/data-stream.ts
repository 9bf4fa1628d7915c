import type { Transport } from '@pathgauge/transport';
import { after, type Instant, type Span } from '@pathgauge/units';
import { HostStalls, StallWatch } from '../../host-stalls';
import { HeldInterval } from './held-interval';
import { IncomingDatagrams } from './incoming-datagrams';
import { IncomingRecords } from './incoming-records';
import { IntervalClock, sliverOf } from './interval-clock';
import type { IntervalReport, IntervalTimes } from './interval-report';
import { loadSpan } from './load-span';
import { OutgoingDatagrams } from './outgoing-datagrams';
import { OutgoingRecords } from './outgoing-records';
import type { StreamLink } from './stream-link';
import { marksOmitted, type StreamOptions } from './stream-options';
import type { CarrierFacts, StreamOutcome } from './stream-outcome';
import type { StreamProgress } from './stream-progress';
import type { Traffic, TrafficContext, TrafficListener } from './traffic';

/** What a data stream needs of the transport, in whichever thread. */
type StreamHost = Pick<Transport, 'clock' | 'timer' | 'coarseTimer' | 'soon'>;

export interface DataStreamListener extends TrafficListener {
  onInterval(report: IntervalReport): void;
}

/** One end of one data stream: it sends or receives, and accounts for it interval by interval. Works in any thread. */
export class DataStream {
  readonly facts: CarrierFacts;
  readonly #options: StreamOptions;
  readonly #link: StreamLink;
  readonly #host: StreamHost;
  readonly #listener: DataStreamListener;
  readonly #intervals: IntervalClock;
  readonly #held: HeldInterval;
  readonly #stalls = new HostStalls();
  readonly #stallWatch: StallWatch;
  readonly #traffic: Traffic;
  #reportedBytes = 0;
  /** The omitted beginning, which this end omits by its own time, is not over. */
  #isOmitting = false;
  #sentAll: Instant | undefined;
  #outcome: StreamOutcome | undefined;

  /** The stream listens from now on; it sends when it is started. */
  constructor(
    link: StreamLink,
    options: StreamOptions,
    host: StreamHost,
    progress: StreamProgress,
    listener: DataStreamListener,
  ) {
    this.#options = options;
    this.#link = link;
    this.#host = host;
    this.#listener = listener;
    this.#stallWatch = new StallWatch(host, this.#stalls);
    this.#held = new HeldInterval(sliverOf(options.reportInterval), (report) => listener.onInterval(report));
    this.#intervals = new IntervalClock(host, options.reportInterval, {
      onInterval: (times) => this.#onInterval(times),
      onSettled: () => this.#held.release(),
    });
    const stalls = (): number => {
      this.#stallWatch.look();
      return this.#stalls.snapshot().count;
    };
    this.#traffic = trafficOf(link, options, { host, intervals: this.#intervals, progress, listener, stalls });
    this.facts = factsOf(link);
  }

  /** The load begins now: intervals are counted from here, or from the end of what is omitted, and the end that sends does so. */
  start(): void {
    const now = this.#host.clock.now();
    this.#beginIntervals(now);
    this.#stallWatch.begin();
    const { sender } = this.#traffic;
    sender?.onEnded(() => this.#onSentAll());
    sender?.start(now);
  }

  /** Sends no more. Calls back once a write that was under way is done, or never will be. */
  stop(onStopped: () => void): void {
    const { sender } = this.#traffic;
    // Whoever reads until the connection ends has said that it is over: it reads no more than it must.
    sender?.stop(this.#options.hangsUp);
    if (sender === undefined) onStopped();
    else sender.onEnded(() => this.#onSent(onStopped));
  }

  /** Sends nothing for a while, because nobody may be there. */
  rest(isResting: boolean): void {
    this.#traffic.sender?.rest(isResting);
  }

  /** The load is over: no more intervals until the last. */
  hold(): void {
    this.#intervals.hold();
    this.#stallWatch.end();
  }

  /** All of a load that ended at `end`, the same ever after. What is left behind the last boundary is reported before. */
  finish(end: Instant): StreamOutcome {
    this.#outcome ??= this.#finish(end);
    return this.#outcome;
  }

  /** Ends everything at once, for whatever reason; no interval is reported any more. */
  release(): void {
    const link = this.#link;
    this.hold();
    this.#traffic.sender?.stop(true);
    if (link.kind === 'stream') {
      link.stream.destroy();
      return;
    }
    link.opening.cancel();
    link.socket.close();
  }

  #onSent(onStopped: () => void): void {
    if (this.#options.hangsUp && this.#link.kind === 'stream') this.#link.stream.end();
    onStopped();
  }

  #finish(end: Instant): StreamOutcome {
    this.hold();
    const { isStarted, begin, hasClosed } = this.#intervals;
    // A load that ended before has nothing that counts.
    if (this.#isOmitting) this.#traffic.count(begin);
    const { last, settled, bytes } = this.#traffic.meter;
    const { pace, direction, isSending, plan } = this.#options;
    const seen = { begin: isStarted ? begin : undefined, end, last, settled, sentAll: this.#sentAll, isSending };
    const loadNs = loadSpan(pace, seen);
    const isCounted = loadNs > 0 || plan.omit === 0;
    if ((isCounted && !hasClosed) || bytes > this.#reportedBytes) this.#closeLast(after(begin, loadNs));
    this.#held.release();
    const { figures, ...account } = this.#traffic.account(loadNs);
    return {
      ...account,
      direction,
      isSending,
      figures: { ...figures, hostStalls: this.#stalls.snapshot() },
      loadNs,
      offloads: this.#link.kind === 'datagrams' ? this.#link.socket.offloads : [],
      clockSteps: this.#host.clock.steps,
    };
  }

  /** What a peer omits that does not mark it is known by the time. Where it is marked, the first that is not begins the load. */
  #beginIntervals(now: Instant): void {
    const { plan, isSending } = this.#options;
    const begin = after(now, plan.omit);
    this.#isOmitting = plan.omit > 0 && (isSending || !marksOmitted(this.#options));
    const onBegin = (): void => {
      this.#isOmitting = false;
      this.#traffic.count(begin);
    };
    if (this.#isOmitting) this.#intervals.start(begin, onBegin);
    else this.#intervals.start(this.#traffic.meter.firstArrival ?? begin);
  }

  #onSentAll(): void {
    this.#sentAll = this.#host.clock.now();
    this.#listener.onComplete();
  }

  #onInterval(times: IntervalTimes): void {
    this.#held.hold(this.#report(times));
    const { isSending, plan } = this.#options;
    const isBehind = (span: Span | undefined): boolean => span !== undefined && times.endNs >= span;
    // A load that is over has no more intervals where it is sent, however late the peer hears of its end.
    if (isSending && isBehind(plan.duration)) this.hold();
    else if (isBehind(plan.asked)) this.#intervals.holdLatest();
  }

  /** What came behind the last boundary: an interval, or a sliver of the one before. */
  #closeLast(end: Instant): void {
    this.#held.end(this.#report(this.#intervals.last(end)));
  }

  #report(times: IntervalTimes): IntervalReport {
    const report = this.#traffic.report(times);
    this.#reportedBytes += report.interval.bytes;
    return report;
  }
}

function trafficOf(link: StreamLink, options: StreamOptions, context: TrafficContext): Traffic {
  if (link.kind === 'datagrams') {
    const { socket, opening } = link;
    return options.isSending
      ? new OutgoingDatagrams(socket, opening, options, context)
      : new IncomingDatagrams(socket, opening, options, context);
  }
  const { stream, unread } = link;
  stream.onClose((error) => context.listener.onClosed(error));
  return options.isSending
    ? new OutgoingRecords(stream, options, context)
    : new IncomingRecords(stream, unread, options, context);
}

/** Of TCP, arrivals are stamped by whoever reads, and the system's room varies. */
const factsOf = (link: StreamLink): CarrierFacts =>
  link.kind === 'stream'
    ? { receiveTimestamps: 'user', receiveBufferBytes: undefined }
    : { receiveTimestamps: link.socket.receiveTimestamps, receiveBufferBytes: link.socket.receiveBufferBytes };
