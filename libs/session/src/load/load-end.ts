import type { ClockKnowledge } from '@pathgauge/metrics';
import {
  type Feature,
  figuresFromJson,
  figuresToJson,
  type Grant,
  NO_RECEIVER_FIGURES,
  type Results,
  type StreamFigures,
} from '@pathgauge/protocol';
import type { Direction, Distribution, Interval } from '@pathgauge/result';
import type { DatagramSocket, Endpoint, StreamSocket, Transport } from '@pathgauge/transport';
import { after, elapsed, type Instant, NS_PER_MS, NS_PER_S, type Span, type WallMap } from '@pathgauge/units';
import type { SessionClock } from '../control/clock-exchange';
import type { MetricSwitches } from '../metric-switches';
import { DatagramReceiver } from './datagram-receiver';
import { DatagramSender } from './datagram-sender';
import type { LoadSender } from './load-sender';
import type { Pace } from './pace';
import { RecordReceiver } from './record-receiver';
import { StreamMeter } from './stream-meter';
import { StreamSender } from './stream-sender';

const STREAM_ID = 1;

export interface LoadEndOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly direction: Direction;
  /** Whether this end sends; otherwise it receives. */
  readonly sending: boolean;
  readonly length: number;
  readonly pace: Pace;
  /** When an unpaced load ends by itself; undefined: when it is stopped. */
  readonly duration: Span | undefined;
  readonly counters64Bit: boolean;
  readonly metrics: MetricSwitches;
  /** What was granted of the extension; undefined with a plain iperf3 peer. */
  readonly grant: Grant | undefined;
  readonly session: SessionClock;
  readonly transport: Transport;
  /** The stream brought what no sender of records writes. */
  readonly onBrokenStream: (why: string) => void;
  readonly reportInterval: Span;
  readonly onInterval: (interval: Interval) => void;
}

// Traffic behind a boundary closes an interval; where there is none, a timer does, this much later.
const SILENCE_MS = 5;
// A day of seconds. A document with more would not be read; it has none then.
const MOST_INTERVALS = 86_400;

/** One end of one load stream, client's or server's: it sends or receives, and accounts for it. */
export class LoadEnd {
  readonly #intervals: Interval[] = [];
  #reportedBytes = 0;
  #tooMany = false;
  readonly #options: LoadEndOptions;
  /** Wall time of the session, where messages carry it. */
  readonly #wall: WallMap | undefined;
  readonly #framed: boolean;
  readonly #meter: StreamMeter | undefined;
  readonly #records: RecordReceiver | undefined;
  readonly #datagrams: DatagramReceiver | undefined;
  #sender: LoadSender | undefined;
  #figures: StreamFigures | undefined;
  #socket: DatagramSocket | undefined;
  /** What the system had dropped at the socket before this stream. */
  #droppedBefore: number | undefined;
  #begin = 0 as Instant;
  #reportedAt = 0 as Instant;
  /** Where the interval in hand ends: always a whole number of intervals after the beginning. */
  #boundary = Number.POSITIVE_INFINITY as Instant;
  #silence: NodeJS.Timeout | undefined;

  constructor(options: LoadEndOptions) {
    const { protocol, session, metrics, direction, sending, counters64Bit } = options;
    this.#options = options;
    this.#wall = this.granted(protocol === 'tcp' ? 'records' : 'datagrams') ? session.wall : undefined;
    this.#framed = protocol === 'udp' || this.#wall !== undefined;
    if (sending) return;
    this.#meter = new StreamMeter(direction, this.#framed, metrics);
    if (protocol === 'udp') this.#datagrams = new DatagramReceiver(this.#meter, this.#wall, counters64Bit);
    else if (this.#wall !== undefined) this.#records = new RecordReceiver(this.#meter, this.#wall);
  }

  /** All reports so far; undefined when there were too many to keep. */
  get intervals(): readonly Interval[] | undefined {
    return this.#tooMany ? undefined : this.#intervals;
  }

  granted(feature: Feature): boolean {
    return this.#options.grant?.features.includes(feature) ?? false;
  }

  /** The stream that the load goes over, with what has already been read of it. */
  attachStream(stream: StreamSocket, unread: Uint8Array): void {
    const { transport, direction, length, pace, duration, sending } = this.#options;
    if (sending) {
      const options = { direction, beforeSend: this.#passed, length, pace, duration, wall: this.#wall };
      this.#sender = new StreamSender(stream, options, transport.clock, transport.timer());
      // A plain peer may not write here, but what it writes must not pile up.
      stream.onData(() => {});
      return;
    }
    if (unread.length > 0) this.#receiveChunk(unread, transport.clock.now());
    stream.onData((chunk, arrival) => this.#receiveChunk(chunk, arrival));
  }

  /** The socket that the load goes over; `to` where it is not connected. */
  attachDatagrams(socket: DatagramSocket, to: Endpoint | undefined): void {
    const { transport, direction, length, pace, duration, sending, counters64Bit } = this.#options;
    this.#socket = socket;
    this.#droppedBefore = socket.dropped();
    if (!sending) return;
    const options = {
      direction,
      beforeSend: this.#passed,
      length,
      counters64Bit,
      pace,
      duration,
      wall: this.#wall,
      to,
    };
    this.#sender = new DatagramSender(socket, options, transport.clock, transport.timer());
  }

  /** False when the bytes are no datagram of this stream. */
  receiveDatagram(bytes: Uint8Array, arrival: Instant): boolean {
    if (this.#datagrams === undefined) return false;
    this.#passed(arrival);
    return this.#datagrams.receive(bytes, arrival);
  }

  /** The load begins now: intervals are counted from here, and the end that sends does so. */
  start(): void {
    const { transport, reportInterval } = this.#options;
    this.#begin = transport.clock.now();
    this.#reportedAt = this.#begin;
    this.#boundary = after(this.#begin, reportInterval);
    this.#watchSilence();
    this.#sender?.start();
  }

  /** Sends no more; resolves once a write that is under way is done, or never will be. */
  async stop(): Promise<void> {
    await this.#sender?.stop();
  }

  /** Ends everything at once, for whatever reason; no further report. */
  release(): void {
    this.holdReports();
    void this.#sender?.stop();
  }

  /** The load is over: no more reports until the last. */
  holdReports(): void {
    clearTimeout(this.#silence);
    this.#boundary = Number.POSITIVE_INFINITY as Instant;
  }

  /** The last report: what is left behind the last boundary, when that holds anything. */
  endReports(end: Instant): void {
    this.holdReports();
    const last = this.lastArrival;
    const bytes = this.#meter?.bytes ?? this.#sender?.sent.bytes ?? 0;
    if (this.#intervals.length === 0 || bytes > this.#reportedBytes)
      this.#report(last !== undefined && last > end ? last : end);
  }

  /** Whether nothing more can come: this end sends, or the last record has arrived. Unknown without records. */
  get complete(): boolean | undefined {
    return this.#meter === undefined ? true : this.#records?.complete;
  }

  get lastArrival(): Instant | undefined {
    return this.#meter?.lastArrival;
  }

  clock(): ClockKnowledge | undefined {
    return this.#options.session.engine.snapshot();
  }

  sendError(): Distribution | undefined {
    return this.#sender?.sent.error();
  }

  /** This end's figures of a load that ended at `end`, the same ever after. Undefined before there is a stream. */
  figures(end: Instant): StreamFigures | undefined {
    this.#figures ??=
      this.#meter?.figures(STREAM_ID, end, this.#hostDropped()) ??
      this.#sender?.sent.figures(STREAM_ID, end, this.#framed);
    return this.#figures;
  }

  /** This end's figures as the results message has them; loss by iperf3's own rule, for a plain peer. */
  results(end: Instant): Results {
    const figures = this.figures(end);
    const count = this.#datagrams?.iperf3Count() ?? {
      errors: 0,
      packets: this.#options.protocol === 'udp' ? (figures?.messages ?? 0) : 0,
    };
    return {
      sending: this.#options.sending,
      streams: [
        {
          id: STREAM_ID,
          bytes: figures?.bytes ?? 0,
          retransmits: undefined,
          jitterSeconds: (figures?.jitterNs ?? 0) / NS_PER_S,
          ...count,
          startSeconds: 0,
          endSeconds: (figures?.durationNs ?? 0) / NS_PER_S,
        },
      ],
      extension: this.#options.grant === undefined || figures === undefined ? undefined : figuresToJson([figures]),
    };
  }

  /** The other end's figures: in full from a Pathgauge, as far as they go from plain iperf3. */
  peerFigures(results: Results): StreamFigures | undefined {
    if (this.#options.grant !== undefined) {
      const figures = figuresFromJson(results.extension);
      if (figures.ok) return figures.value[0];
    }
    const [stream] = results.streams;
    if (stream === undefined) return undefined;
    const udp = this.#options.protocol === 'udp';
    const theyReceive = this.#options.sending;
    return {
      ...NO_RECEIVER_FIGURES,
      id: stream.id,
      bytes: stream.bytes,
      // Bytes without a packet: the peer could not make sense of our numbers, and has no count to tell.
      messages:
        udp && (stream.packets > 0 || stream.bytes === 0)
          ? stream.packets - (theyReceive ? stream.errors : 0)
          : undefined,
      durationNs: Math.max(0, stream.endSeconds - stream.startSeconds) * NS_PER_S,
      // Jitter is a difference: below two datagrams a plain peer's 0 means nothing.
      jitterNs: udp && theyReceive && stream.packets - stream.errors > 1 ? stream.jitterSeconds * NS_PER_S : undefined,
    };
  }

  /** Closes every interval that ends at or before `now`. */
  readonly #passed = (now: Instant): void => {
    while (now >= this.#boundary) {
      this.#report(this.#boundary);
      this.#boundary = after(this.#boundary, this.#options.reportInterval);
    }
  };

  #watchSilence(): void {
    const { clock } = this.#options.transport;
    const untilBoundaryMs = elapsed(clock.now(), this.#boundary) / NS_PER_MS;
    this.#silence = setTimeout(() => {
      this.#passed(clock.now());
      this.#watchSilence();
    }, Math.ceil(untilBoundaryMs) + SILENCE_MS);
  }

  #report(until: Instant): void {
    const times = { startNs: elapsed(this.#begin, this.#reportedAt), endNs: elapsed(this.#begin, until) };
    this.#reportedAt = until;
    const interval =
      this.#meter?.report(times, this.#options.session.engine.latestOffsetNs()) ??
      this.#sender?.sent.report(times, this.#framed, this.#options.metrics.throughput);
    if (interval === undefined) return;
    this.#reportedBytes += interval.bytes;
    if (this.#intervals.length < MOST_INTERVALS) this.#intervals.push(interval);
    else this.#tooMany = true;
    this.#options.onInterval(interval);
  }

  /** Since the stream began. Other streams of a server that overflow the same socket count in. */
  #hostDropped(): number | undefined {
    const dropped = this.#socket?.dropped();
    return dropped === undefined || this.#droppedBefore === undefined ? undefined : dropped - this.#droppedBefore;
  }

  #receiveChunk(chunk: Uint8Array, arrival: Instant): void {
    this.#passed(arrival);
    if (this.#records === undefined) {
      this.#meter?.arrived(chunk.length, arrival);
      return;
    }
    const fault = this.#records.receive(chunk, arrival);
    if (fault !== undefined) this.#options.onBrokenStream(`the stream is not one of records: bad ${fault}`);
  }
}
