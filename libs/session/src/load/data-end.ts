import { decodeStreamOpening, isStreamOpeningAnswer, type StreamFigures } from '@pathgauge/protocol';
import type { Direction, Distribution, Interval } from '@pathgauge/result';
import {
  codeOf,
  type DatagramBatch,
  type DatagramSocket,
  type Endpoint,
  type Offload,
  type StreamSocket,
  type Timer,
  type TimestampSource,
  type Transport,
  TransportError,
} from '@pathgauge/transport';
import {
  after,
  elapsed,
  type Instant,
  milliseconds,
  type Span,
  span,
  type WallAnchor,
  WallMap,
} from '@pathgauge/units';
import { HostStalls, StallWatch } from '../host-stalls';
import { type HeardIcmp, IcmpLog } from '../icmp/icmp-log';
import { knownPathMtu } from '../icmp/path-mtu';
import type { MetricSwitches } from '../metric-switches';
import { DatagramReceiver, type Iperf3Count } from './datagram-receiver';
import { DatagramSender } from './datagram-sender';
import type { LoadSender } from './load-sender';
import { dueAfter, type Pace } from './pace';
import { PathMeter } from './path-meter';
import { RecordReceiver } from './record-receiver';
import { Refusals } from './refusals';
import { StreamMeter } from './stream-meter';
import { StreamSender } from './stream-sender';

/** There is one stream to a test. */
export const STREAM_ID = 1;
// Traffic behind a boundary closes an interval; where there is none, a timer does, this much later.
const SILENCE: Span = milliseconds(5);
const OPENING_RETRY: Span = milliseconds(250);

/** What one end of a data stream is to do. Plain data, so that it can be handed to a thread. */
export interface DataEndOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly direction: Direction;
  /** Whether this end sends; otherwise it receives. */
  readonly sending: boolean;
  readonly length: number;
  readonly pace: Pace;
  /** How long the load is to last; an unpaced one ends by itself then. Undefined: until it is stopped. */
  readonly duration: Span | undefined;
  readonly counters64Bit: boolean;
  readonly metrics: MetricSwitches;
  /** Wall time of the session, where messages carry it; undefined with a plain iperf3 peer. */
  readonly anchor: WallAnchor | undefined;
  /** What the peer's instants are counted from: see `WallMap`. */
  readonly peerBaseSeconds: number;
  readonly reportInterval: Span;
  /** The sending end hangs up when it has stopped: a plain iperf3 client reads on until then. */
  readonly endsStream: boolean;
}

/** What a data stream needs of the transport, whichever thread that is in. */
export type DataHost = Pick<Transport, 'clock' | 'timer' | 'coarseTimer' | 'soon'>;

/** What there is to know of the socket before the load. */
export interface CarrierFacts {
  readonly receiveTimestamps: TimestampSource;
  readonly receiveBufferBytes: number | undefined;
}

/** What came or went in one interval. */
export interface Report {
  /** Without the one-way delay, which needs the offset of the clocks. */
  readonly interval: Interval;
  /** Mean transit time, with the clock offset in it. */
  readonly transitMeanNs: number | undefined;
}

export interface DataEndListener {
  onReport(report: Report): void;
  /** The stream brought what no sender of records writes. */
  onBroken(why: string): void;
  /** The connection has ended. */
  onClosed(error: Error | undefined): void;
  /** A datagram could not be sent. */
  onSendError(error: Error): void;
  /** ICMP tells of datagrams sent earlier: of each message of each router when it comes for the first time. */
  onIcmp(heard: HeardIcmp): void;
}

/** Everything that one end knows when the load is over. Plain data. */
export interface DataFigures {
  readonly figures: StreamFigures | undefined;
  /**
   * How long the load lasted as far as this end knows: where it sends, from the beginning to its end; where it receives, from
   * the first arrival until it heard of the end, but no longer than was asked for.
   */
  readonly loadNs: Span;
  /** Loss by iperf3's own rule. */
  readonly iperf3: Iperf3Count | undefined;
  readonly sendError: Distribution | undefined;
  /** What ICMP said of the datagrams that this end sent. */
  readonly icmp: readonly HeardIcmp[];
  readonly offloads: readonly Offload[];
  readonly clockSteps: number | undefined;
}

/** One end of one data stream: it sends or receives, and accounts for it. Works in any thread. */
export class DataEnd {
  readonly #options: DataEndOptions;
  readonly #host: DataHost;
  readonly #listener: DataEndListener;
  readonly #wall: WallMap | undefined;
  readonly #framed: boolean;
  readonly #meter: StreamMeter | undefined;
  readonly #records: RecordReceiver | undefined;
  readonly #datagrams: DatagramReceiver | undefined;
  readonly #stalls = new HostStalls();
  readonly #watch: StallWatch;
  readonly #silence: Timer;
  readonly #retry: Timer;
  readonly #icmp = new IcmpLog((heard) => this.#listener.onIcmp(heard));
  #path: PathMeter | undefined;
  #sender: LoadSender | undefined;
  #socket: DatagramSocket | undefined;
  #stream: StreamSocket | undefined;
  /** What the system had dropped at the socket before this stream. */
  #droppedBefore: number | undefined;
  #reports = 0;
  #reportedBytes = 0;
  #started = false;
  #held = false;
  #begin = 0 as Instant;
  #reportedAt = 0 as Instant;
  /** Where the interval in hand ends: always a whole number of intervals after the beginning. */
  #boundary = Number.POSITIVE_INFINITY as Instant;
  #finished: DataFigures | undefined;
  #broken = false;
  /** Failures to send that were told, by their code: one of each is enough. */
  readonly #told = new Set<string | undefined>();
  readonly #refusals = new Refusals();

  constructor(options: DataEndOptions, host: DataHost, listener: DataEndListener) {
    const { protocol, anchor, metrics, direction, sending, counters64Bit, length } = options;
    this.#options = options;
    this.#host = host;
    this.#listener = listener;
    this.#wall = anchor === undefined ? undefined : new WallMap(anchor, options.peerBaseSeconds);
    this.#framed = protocol === 'udp' || this.#wall !== undefined;
    this.#watch = new StallWatch(host, this.#stalls);
    this.#silence = host.coarseTimer();
    this.#retry = host.coarseTimer();
    if (sending) return;
    this.#meter = new StreamMeter(direction, this.#framed, metrics);
    if (protocol === 'udp') this.#datagrams = new DatagramReceiver(this.#meter, this.#wall, counters64Bit);
    else if (this.#wall !== undefined) this.#records = new RecordReceiver(this.#meter, this.#wall, length);
  }

  /** Payload that came or went so far. */
  get bytes(): number {
    return this.#meter?.bytes ?? this.#sender?.sent.bytes ?? 0;
  }

  /** The stream that the load goes over, with what has already been read of it. */
  attachStream(stream: StreamSocket, unread: Uint8Array): void {
    const { direction, length, pace, duration, sending } = this.#options;
    this.#stream = stream;
    stream.onClose((error) => this.#listener.onClosed(error));
    if (sending) {
      const stalls = this.#stallCount;
      const options = { direction, beforeSend: this.#passed, length, pace, duration, wall: this.#wall, stalls };
      this.#sender = new StreamSender(stream, options, this.#host);
      this.#path = new PathMeter(stream);
      // A plain peer may not write here, but what it writes must not pile up.
      stream.onData(() => {});
      return;
    }
    if (unread.length > 0) this.#receiveChunk(unread, this.#host.clock.now());
    stream.onData((chunk, arrival) => this.#receiveChunk(chunk, arrival), this.#discard());
  }

  /** The socket that the load goes over; `to` where it is not connected. */
  attachDatagrams(socket: DatagramSocket, to: Endpoint | undefined): void {
    const { direction, length, pace, duration, sending, counters64Bit } = this.#options;
    this.#socket = socket;
    this.#droppedBefore = socket.dropped();
    if (!sending) return;
    const beforeSend = this.#passed;
    const paced = { length, counters64Bit, pace, duration };
    const options = { direction, beforeSend, ...paced, wall: this.#wall, to, onRefused: this.#onSendError };
    this.#sender = new DatagramSender(socket, options, this.#host);
  }

  /** Opens a stream of datagrams from the client's side, on a socket of its own; `onOpened` once the server has answered. */
  openDatagrams(socket: DatagramSocket, opening: Uint8Array, onOpened: () => void): void {
    this.attachDatagrams(socket, undefined);
    let isOpen = false;
    // In reverse, data may overtake the answer: it counts from the first datagram on.
    socket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) {
        if (!isStreamOpeningAnswer(batch.payload(i))) {
          this.receive(batch, i);
        } else if (!isOpen) {
          isOpen = true;
          this.#retry.clear();
          onOpened();
        }
      }
    });
    this.#listen(socket);
    const ask = (): void => {
      socket.send(opening);
      this.#retry.set(after(this.#host.clock.now(), OPENING_RETRY), ask);
    };
    ask();
  }

  /** Serves a stream of datagrams on a socket of its own, which its client has asked to open. */
  serveDatagrams(socket: DatagramSocket, answer: Uint8Array): void {
    this.attachDatagrams(socket, undefined);
    this.#listen(socket);
    socket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) {
        // Asked again because the answer was lost, or late.
        if (decodeStreamOpening(batch.payload(i)) === undefined) {
          this.receive(batch, i);
        } else {
          // No load can be on its way yet: the first interval has not begun.
          if (this.#datagrams !== undefined) this.#arriving(batch.arrival(i));
          batch.reply(i, answer);
        }
      }
    });
    socket.send(answer);
  }

  /** False when datagram `i` of the batch is none of this stream. */
  receive(batch: DatagramBatch, i: number): boolean {
    if (this.#datagrams === undefined) return false;
    const arrival = batch.arrival(i);
    this.#arriving(arrival);
    return this.#datagrams.receive(batch.payload(i), batch.segmentBytes(i), arrival);
  }

  /** The load begins now: intervals are counted from here, and the end that sends does so. */
  start(): void {
    this.#started = true;
    this.#countFrom(this.#meter?.firstArrival ?? this.#host.clock.now());
    this.#watchSilence();
    this.#watch.begin();
    this.#sender?.start();
  }

  /** Sends no more; resolves once a write that is under way is done, or never will be. */
  async stop(): Promise<void> {
    await this.#sender?.stop();
    if (this.#options.endsStream) this.#stream?.end();
  }

  /** Sends nothing for a while, because nobody may be there. */
  rest(isResting: boolean): void {
    this.#sender?.rest(isResting);
  }

  /** The load is over: no more reports until the last. */
  holdReports(): void {
    this.#held = true;
    this.#silence.clear();
    this.#watch.end();
    this.#boundary = Number.POSITIVE_INFINITY as Instant;
  }

  /** Ends everything at once, for whatever reason; no further report. */
  release(): void {
    this.holdReports();
    this.#retry.clear();
    void this.#sender?.stop();
  }

  /** Whether nothing more can come: this end sends, or the last record has arrived. Unknown without records. */
  get complete(): boolean | undefined {
    return this.#meter === undefined ? true : this.#records?.complete;
  }

  get lastArrival(): Instant | undefined {
    return this.#meter?.lastArrival;
  }

  /** Of TCP, arrivals are stamped by whoever reads, and the system's room varies. */
  get carrier(): CarrierFacts {
    return {
      receiveTimestamps: this.#socket?.receiveTimestamps ?? 'user',
      receiveBufferBytes: this.#socket?.receiveBufferBytes,
    };
  }

  /** All of a load that ended at `end`, the same ever after. What is left behind the last boundary is reported before. */
  finish(end: Instant): DataFigures {
    this.#finished ??= this.#finish(end);
    return this.#finished;
  }

  #finish(end: Instant): DataFigures {
    this.holdReports();
    const loadNs = this.#loadNs(end);
    const { bytes } = this;
    // A boundary may lie behind the end, which the peer tells.
    const until = Math.max(after(this.#begin, loadNs), this.#reportedAt) as Instant;
    if (this.#reports === 0 || bytes > this.#reportedBytes) this.#report(until);
    const dropped = this.#hostDropped();
    // The system counts what it has put together as one.
    const isBound = dropped !== undefined && dropped > 0 && this.#socket?.offloads.includes('udp-gro');
    const figures =
      this.#received(dropped, isBound) ??
      this.#sender?.sent.figures(STREAM_ID, loadNs, this.#framed, this.#path?.total());
    return {
      figures: figures && { ...figures, ...this.#toldOfPath(), hostStalls: this.#stalls.snapshot() },
      loadNs,
      iperf3: this.#datagrams?.iperf3Count(),
      sendError: this.#sender?.sent.error(),
      icmp: this.#icmp.snapshot(),
      offloads: this.#socket?.offloads ?? [],
      clockSteps: this.#host.clock.steps,
    };
  }

  /** What the other end is told of the way that the datagrams of this one took. */
  #toldOfPath(): Partial<StreamFigures> {
    if (this.#socket === undefined || this.#sender === undefined) return {};
    const heard = this.#icmp.snapshot();
    return {
      pathMtu: knownPathMtu(this.#socket.pathMtuBytes(), heard),
      icmp: heard.flatMap(({ icmp, count }) => (icmp === undefined ? [] : [{ ...icmp, count }])),
    };
  }

  #listen(socket: DatagramSocket): void {
    socket.onError(this.#onEarlier);
    socket.onRefused((_, error) => this.#onSendError(error));
  }

  /** What is sent or arrives after the time asked for is over belongs to the load; the time it is waited for does not. */
  #loadNs(end: Instant): Span {
    if (!this.#started) return span(0);
    const { duration, pace } = this.#options;
    const planned = duration === undefined ? end : after(this.#begin, duration);
    const last = this.#meter?.lastArrival ?? this.#sender?.sent.last ?? this.#begin;
    // Who is done with all that was planned has kept its time: whoever ends it began to count a little earlier.
    const isFulfilled = pace.planned !== undefined && (this.#sender?.sent.settled ?? 0) >= pace.planned;
    const ended = Math.min(isFulfilled ? after(this.#begin, dueAfter(pace, pace.planned as number)) : end, planned);
    return elapsed(this.#begin, Math.max(ended, last) as Instant);
  }

  /** Transit times are told with what their values were counted from. */
  #received(dropped: number | undefined, isBound: boolean | undefined): StreamFigures | undefined {
    const figures = this.#meter?.figures(STREAM_ID, dropped, isBound);
    const { peerBaseSeconds } = this.#options;
    if (figures?.transit === undefined || peerBaseSeconds === 0) return figures;
    return { ...figures, transit: { ...figures.transit, baseSeconds: -peerBaseSeconds } };
  }

  /** The first that arrives is where a load that is received begins, as long as nothing has been told of it. */
  #arriving(arrival: Instant): void {
    const isFirst = this.#started && this.#reports === 0 && this.lastArrival === undefined;
    if (isFirst) this.#countFrom(arrival);
    else this.#passed(arrival);
  }

  #countFrom(begin: Instant): void {
    this.#begin = begin;
    this.#reportedAt = begin;
    if (!this.#held) this.#boundary = after(begin, this.#options.reportInterval);
  }

  readonly #stallCount = (): number => {
    this.#watch.look();
    return this.#stalls.snapshot().count;
  };

  /** ICMP tells of what was sent earlier. */
  readonly #onEarlier = (error: Error): void => {
    if (!this.#endsBy(error)) this.#icmp.hear(error);
  };

  /** Whether nobody listens any more where this end sends to: then it stops. */
  #endsBy(error: Error): boolean {
    if (this.#sender === undefined || !this.#refusals.areEnough(error, this.#host.clock.now())) return false;
    void this.#sender.stop();
    this.#listener.onClosed(new TransportError('ECONNREFUSED', 'datagrams are refused: nobody listens there any more'));
    return true;
  }

  readonly #onSendError = (error: Error): void => {
    if (this.#endsBy(error)) return;
    const code = codeOf(error);
    if (this.#told.has(code)) return;
    this.#told.add(code);
    this.#listener.onSendError(error);
  };

  /** Closes every interval that ends at or before `now`. */
  readonly #passed = (now: Instant): void => {
    while (now >= this.#boundary) {
      this.#report(this.#boundary);
      // There is nothing to tell of a load that is over, however long its end takes to be said.
      if (
        this.#sender !== undefined &&
        elapsed(this.#begin, this.#boundary) >= (this.#options.duration ?? Number.POSITIVE_INFINITY)
      ) {
        this.holdReports();
        return;
      }
      this.#boundary = after(this.#boundary, this.#options.reportInterval);
    }
  };

  #watchSilence(): void {
    if (this.#held) return;
    this.#silence.set(after(this.#boundary, SILENCE), () => {
      this.#passed(this.#host.clock.now());
      this.#watchSilence();
    });
  }

  #report(until: Instant): void {
    const times = { startNs: elapsed(this.#begin, this.#reportedAt), endNs: elapsed(this.#begin, until) };
    this.#reportedAt = until;
    this.#reports++;
    const report =
      this.#meter?.report(times) ??
      this.#sender?.sent.report(times, this.#framed, this.#options.metrics.throughput, this.#path?.sinceLast());
    if (report === undefined) return;
    this.#reportedBytes += report.interval.bytes;
    this.#listener.onReport(report);
  }

  /** Since the stream began. Where streams share a socket, those of others count in. */
  #hostDropped(): number | undefined {
    const dropped = this.#socket?.dropped();
    return dropped === undefined || this.#droppedBefore === undefined ? undefined : dropped - this.#droppedBefore;
  }

  /** Payload is looked at by nobody, and of a plain stream nothing is. */
  #discard() {
    const discarded = (count: number, arrival: Instant): void => {
      this.#arriving(arrival);
      if (this.#records === undefined) this.#meter?.arrived(count, arrival);
      else this.#records.skip(count, arrival);
    };
    const records = this.#records;
    return {
      get unwanted() {
        return records === undefined ? Number.POSITIVE_INFINITY : records.unwanted;
      },
      get wanted() {
        return records === undefined ? Number.POSITIVE_INFINITY : records.wanted;
      },
      skip: discarded,
    };
  }

  #receiveChunk(chunk: Uint8Array, arrival: Instant): void {
    this.#arriving(arrival);
    if (this.#records === undefined) {
      this.#meter?.arrived(chunk.length, arrival);
      return;
    }
    if (this.#broken) return;
    const fault = this.#records.receive(chunk, arrival);
    this.#broken = fault !== undefined;
    if (fault !== undefined) this.#listener.onBroken(`the stream is not one of records: bad ${fault}`);
  }
}
