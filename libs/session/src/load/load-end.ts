import type { Feature, Grant, Results, StreamFigures } from '@pathgauge/protocol';
import type { Direction, Distribution, Interval } from '@pathgauge/result';
import type {
  BoundAddress,
  DatagramBatch,
  DatagramSocket,
  Endpoint,
  Offload,
  StreamSocket,
  Threads,
  Transport,
} from '@pathgauge/transport';
import type { Instant, Span } from '@pathgauge/units';
import type { HeardIcmp } from '../icmp/icmp-log';
import type { MetricSwitches } from '../metric-switches';
import type { SessionClock } from './conversation/clock-exchange';
import {
  type CarrierFacts,
  DataEnd,
  type DataEndListener,
  type DataEndOptions,
  type DataFigures,
  type Report,
} from './data-end';
import { type DataSide, dataHere, dataThere, PROGRESS } from './data-side';
import type { Carrier, LoadThreadData } from './load-thread';
import type { Pace } from './plan/pace';
import type { LoadClock } from './result/load-delay';
import { type LoadEnds, type LoadOutcome, loadOutcome } from './result/load-outcome';
import { type FiguresOf, resultsOf, type ToldFigures, toldFigures } from './result/plain-figures';

// A day of seconds. A document with more would not be read; it has none then.
const MAX_INTERVALS = 86_400;

const NOTHING_TOLD: ToldFigures = { figures: undefined, unreadable: false };

/** When a test was what, as the one who runs it has seen it. */
export type TestTimes = Pick<LoadEnds, 'testNs' | 'roundTripNs' | 'untilEndNs'>;

export interface LoadEndOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly direction: Direction;
  /** Whether this end sends; otherwise it receives. */
  readonly sending: boolean;
  readonly length: number;
  readonly pace: Pace;
  /** See `DataEndOptions`. */
  readonly duration: Span | undefined;
  readonly counters64Bit: boolean;
  readonly metrics: MetricSwitches;
  /** What was granted of the extension; undefined with a plain iperf3 peer. */
  readonly grant: Grant | undefined;
  readonly session: SessionClock;
  readonly transport: Transport;
  readonly reportInterval: Span;
  /** See `KnownOfLoad`. */
  readonly omits: boolean;
  /** See `DataEndOptions`. */
  readonly endsStream: boolean;
  readonly onInterval: (interval: Interval) => void;
  /** The stream brought what no sender of records writes. */
  readonly onBrokenStream: (why: string) => void;
  /** The connection of the stream has ended. */
  readonly onClosed: (error: Error | undefined) => void;
  /** A datagram could not be sent. */
  readonly onSendError: (error: Error) => void;
  /** See `DataEndListener`. */
  readonly onIcmp: (heard: HeardIcmp) => void;
}

/** How a client opens its stream of datagrams. */
export interface DatagramOpening {
  readonly peer: Endpoint;
  readonly bind: string | undefined;
  readonly ttl: number | undefined;
  readonly dscp: number | undefined;
  readonly dontFragment: boolean;
  readonly opening: Uint8Array;
}

/**
 * One end of one load test: its data stream, wherever that is worked, and what is made of it with the clocks of the session.
 */
export class LoadEnd {
  readonly #options: LoadEndOptions;
  readonly #intervals: Interval[] = [];
  #tooMany = false;
  #here: DataEnd | undefined;
  #side: DataSide | undefined;
  #socket: DatagramSocket | undefined;
  #closed = false;
  #figures: DataFigures | undefined;

  constructor(options: LoadEndOptions) {
    this.#options = options;
  }

  /** All reports so far; undefined when there were too many to keep. */
  get intervals(): readonly Interval[] | undefined {
    return this.#tooMany ? undefined : this.#intervals;
  }

  granted(feature: Feature): boolean {
    return this.#options.grant?.features.includes(feature) ?? false;
  }

  /**
   * The stream that the load goes over, with what has already been read of it, to be marked with `dscp`, which takes system
   * calls of our own. Resolves when it is ready.
   */
  attachStream(stream: StreamSocket, unread: Uint8Array, dscp?: number): Promise<void> {
    const { threads } = this.#options.transport;
    const fd = threads === undefined ? undefined : stream.descriptor();
    if (threads !== undefined && fd !== undefined) return this.#workOwn(threads, fd, unread, dscp);
    return this.#workHere((end) => end.attachStream(stream, unread));
  }

  /** A stream of datagrams over a socket that others share, from and to `to`. */
  attachDatagrams(socket: DatagramSocket, to: Endpoint): Promise<void> {
    return this.#workHere((end) => end.attachDatagrams(socket, to));
  }

  /** A stream of datagrams over a socket of its own, beside the server's, which others keep; `address` is the server's for it. */
  serveDatagrams(
    beside: BoundAddress,
    address: string,
    peer: Endpoint,
    dontFragment: boolean,
    answer: Uint8Array,
  ): Promise<void> {
    return this.#work({ kind: 'answer', beside, address, peer, dontFragment, answer });
  }

  /** Opens a stream of datagrams to a server; resolves when it has answered. */
  async openDatagrams(opening: DatagramOpening): Promise<void> {
    const { transport } = this.#options;
    if (transport.threads !== undefined) return this.#work({ kind: 'ask', ...opening });
    const { peer, bind, ttl, dscp, dontFragment } = opening;
    const socket = await transport.connectDatagrams(peer, { bind: { address: bind }, ttl, dscp, dontFragment });
    this.#socket = socket;
    if (this.#closed) {
      socket.close();
      return;
    }
    await new Promise<void>((resolve) => {
      void this.#workHere((end) => end.openDatagrams(socket, opening.opening, resolve));
    });
  }

  /** Datagram `i` of a shared socket. False when it is none of this stream. */
  receive(batch: DatagramBatch, i: number): boolean {
    return this.#here?.receive(batch, i) ?? false;
  }

  start(): void {
    this.#side?.start();
  }

  /** Sends no more; resolves once a write that is under way is done, or never will be. */
  async stop(): Promise<void> {
    await this.#side?.stop();
  }

  /** See `DataEnd`. */
  rest(isResting: boolean): void {
    this.#side?.rest(isResting);
  }

  /** The load is over: no more reports until the last. */
  holdReports(): void {
    this.#side?.holdReports();
  }

  /** Ends everything at once, for whatever reason. */
  release(): void {
    this.#closed = true;
    this.#side?.release();
    this.#socket?.close();
  }

  /** Whether nothing more can come: this end sends, or the last record has arrived. Unknown without records. */
  get complete(): boolean | undefined {
    return this.#side?.complete;
  }

  get lastArrival(): Instant | undefined {
    return this.#side?.lastArrival;
  }

  /** Payload that came or went so far. */
  get bytes(): number {
    return this.#side?.bytes ?? 0;
  }

  clock(): LoadClock | undefined {
    const { session } = this.#options;
    const { wall } = session;
    const clock = session.snapshot();
    // A client counts the server's instants from the base, a server the client's.
    const baseSeconds = this.#isClient ? wall.peerBaseSeconds : 0 - wall.peerBaseSeconds;
    return clock === undefined ? undefined : { ...clock, baseSeconds };
  }

  /** Gathers this end's figures of a load that ended at `end`, for what follows; once, whatever `end` is later. */
  async finish(end: Instant): Promise<void> {
    if (this.#figures !== undefined) return;
    this.#figures = await this.#side?.finish(end);
  }

  /** Undefined before `finish`, or when there was no stream. */
  get figures(): StreamFigures | undefined {
    return this.#figures?.figures;
  }

  get sendError(): Distribution | undefined {
    return this.#figures?.sendError;
  }

  /** What ICMP said of the datagrams that this end sent. */
  get icmp(): readonly HeardIcmp[] {
    return this.#figures?.icmp ?? [];
  }

  get carrier(): CarrierFacts | undefined {
    return this.#side?.carrier;
  }

  /** How often the wall clock was set, as far as whoever worked the stream has seen. */
  get clockSteps(): number | undefined {
    return this.#figures?.clockSteps;
  }

  get offloads(): readonly Offload[] {
    return this.#figures?.offloads ?? [];
  }

  /** This end's figures as the results message has them. */
  results(): Results {
    return resultsOf(this.#figures, this.#figuresOf());
  }

  /** Both ends' figures, from the other end's results; undefined when they never came. */
  outcome(results: Results | undefined, test: TestTimes): LoadOutcome {
    const { protocol, direction, sending, length, pace, grant, omits } = this.#options;
    return loadOutcome({
      protocol,
      direction,
      sending,
      length,
      omits,
      planned: pace.planned,
      plain: grant === undefined,
      peerIsClient: !this.#isClient,
      own: this.figures,
      loadNs: this.#figures?.loadNs ?? 0,
      told: results === undefined ? NOTHING_TOLD : toldFigures(results, this.#figuresOf()),
      clock: this.clock(),
      ...test,
    });
  }

  #figuresOf(): FiguresOf {
    const { protocol, sending, grant } = this.#options;
    return { protocol, sending, extended: grant !== undefined };
  }

  get #isClient(): boolean {
    return (this.#options.direction === 'up') === this.#options.sending;
  }

  #workHere(attach: (end: DataEnd) => void): Promise<void> {
    const end = new DataEnd(this.#dataOptions(), this.#options.transport, this.#listener());
    this.#here = end;
    this.#side = dataHere(end);
    attach(end);
    return this.#side.ready;
  }

  async #workOwn(threads: Threads, fd: number, unread: Uint8Array, dscp: number | undefined): Promise<void> {
    const own = threads.duplicate(fd);
    try {
      await this.#work({ kind: 'stream', fd: own, unread, dscp });
    } catch (error) {
      // A thread that has begun closes it itself.
      if (this.#side === undefined) threads.close(own);
      throw error;
    }
  }

  async #work(carrier: Carrier): Promise<void> {
    const { threads } = this.#options.transport;
    if (threads === undefined) throw new RangeError('this transport has no threads');
    const data: LoadThreadData = {
      options: this.#dataOptions(),
      carrier,
      progress: new SharedArrayBuffer(PROGRESS.bytes),
    };
    this.#side = dataThere(threads.start('load', data), data, this.#listener());
    await this.#side.ready;
  }

  #dataOptions(): DataEndOptions {
    const { protocol, direction, sending, length, pace, duration, counters64Bit, metrics, session } = this.#options;
    const { reportInterval, endsStream } = this.#options;
    const anchor = this.granted(protocol === 'tcp' ? 'records' : 'datagrams') ? session.wall.anchor : undefined;
    return {
      protocol,
      direction,
      sending,
      length,
      pace,
      duration,
      counters64Bit,
      metrics,
      anchor,
      peerBaseSeconds: session.wall.peerBaseSeconds,
      reportInterval,
      endsStream,
    };
  }

  #listener(): DataEndListener {
    const { onBrokenStream, onClosed, onSendError, onIcmp } = this.#options;
    return { onReport: this.#onReport, onBroken: onBrokenStream, onClosed, onSendError, onIcmp };
  }

  readonly #onReport = ({ interval, transitMeanNs }: Report): void => {
    const offsetNs = this.#options.session.latestOffsetNs();
    const owdMeanNs =
      transitMeanNs === undefined || offsetNs === undefined ? undefined : transitMeanNs - this.#signed(offsetNs);
    const told = { ...interval, owdMeanNs };
    if (this.#intervals.length < MAX_INTERVALS) this.#intervals.push(told);
    else this.#tooMany = true;
    this.#options.onInterval(told);
  };

  /** The way up is seen later by a server whose clock is ahead, the way down earlier. */
  #signed(offsetNs: number): number {
    return this.#options.direction === 'up' ? offsetNs : -offsetNs;
  }
}
