import type { Feature, Grant, Results, StreamFigures } from '@pathgauge/protocol';
import type { Direction, Distribution, Interval } from '@pathgauge/result';
import type { BoundAddress, Endpoint, Offload, StreamSocket, Transport } from '@pathgauge/transport';
import type { Instant, Span } from '@pathgauge/units';
import type { SessionClock } from '../control/clock-exchange';
import type { HeardIcmp } from '../icmp/icmp-log';
import type { MetricSwitches } from '../metric-switches';
import type { CarrierFacts, DataEndListener, DataEndOptions, DataFigures, Report } from './data-end';
import { type DataSide, dataThere, PROGRESS } from './data-side';
import type { LoadClock } from './load-delay';
import { type LoadEnds, type LoadOutcome, loadOutcome } from './load-outcome';
import { type Carrier, LOAD, type LoadThreadData } from './load-thread';
import type { Pace } from './pace';
import { type FiguresOf, resultsOf, type ToldFigures, toldFigures } from './plain-figures';

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
  #side: DataSide | undefined;
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

  /** The stream that the load goes over, with what has already been read of it, to be marked with `dscp`. Resolves when it is ready. */
  async attachStream(stream: StreamSocket, unread: Uint8Array, dscp?: number): Promise<void> {
    const { transport } = this.#options;
    const handed = transport.handOver(stream);
    try {
      await this.#work({ kind: 'stream', handed, unread, dscp });
    } catch (error) {
      // A role that has begun closes it itself.
      if (this.#side === undefined) transport.takeBack(handed);
      throw error;
    }
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
  openDatagrams(opening: DatagramOpening): Promise<void> {
    return this.#work({ kind: 'ask', ...opening });
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
    this.#side?.release();
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

  async #work(carrier: Carrier): Promise<void> {
    const data: LoadThreadData = {
      options: this.#dataOptions(),
      carrier,
      progress: new SharedArrayBuffer(PROGRESS.bytes),
    };
    this.#side = dataThere(this.#options.transport.start(LOAD, data), data, this.#listener());
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
