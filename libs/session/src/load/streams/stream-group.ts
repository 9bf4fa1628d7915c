import type { Feature, Grant, ReportedInterval } from '@pathgauge/protocol';
import type { Direction, Interval } from '@pathgauge/result';
import type { Transport } from '@pathgauge/transport';
import { type Instant, type Span, span, type WallMap } from '@pathgauge/units';
import type { IcmpReport } from '../../icmp/icmp-log';
import type { MetricSwitches } from '../../metric-switches';
import { handledElsewhere } from '../../promises';
import type { LoadPlan } from '../plan/load-plan';
import type { Pace } from '../plan/pace';
import { streamId } from '../plan/stream-id';
import { paceOfStream } from '../plan/stream-pace';
import { watchAmount } from './amount-watch';
import { DirectedStreams } from './directed-streams';
import { KeptIntervals, MAX_INTERVALS_OF_SERVER } from './kept-intervals';
import type { StreamCarrier } from './stream-carrier';
import { StreamHandle } from './stream-handle';
import type { HandedCarrier } from './stream-messages';
import type { StreamOptions } from './stream-options';
import type { CarrierFacts, StreamOutcome } from './stream-outcome';
import { type Progress, progressOf, StreamProgress } from './stream-progress';
import { STREAM_ROLE } from './stream-role';

export interface StreamGroupOptions {
  readonly plan: LoadPlan;
  /** Whether this end is the client's: it sends what goes up. */
  readonly isClient: boolean;
  readonly metrics: MetricSwitches;
  /** What was granted of the extension; undefined with a plain iperf3 peer. */
  readonly grant: Grant | undefined;
  readonly session: GroupClock;
  readonly transport: Pick<Transport, 'start' | 'handOver' | 'takeBack' | 'clock' | 'coarseTimer'>;
  readonly reportInterval: Span;
  /** See `StreamOptions`. */
  readonly hangsUp: boolean;
}

/** What the streams of a test need of its clock. */
interface GroupClock {
  /** As it stands when a stream is opened: by then the clocks have met. */
  readonly wall: WallMap;
  latestOffsetNs(): number | undefined;
}

export interface StreamListener {
  /** Of each stream where there are several in its direction, then of all of them. */
  onInterval(interval: Interval): void;
  /** What this end received, where the other end is to know of it: at most one interval of each stream, and of all. */
  onReportable(intervals: readonly Interval[]): void;
  /** All that was planned in this direction was handed over or has come, as far as this end can know; or it was stopped. */
  onComplete(direction: Direction): void;
  /** A stream brought what no sender of records writes. */
  onBroken(why: string): void;
  /** The connection of a stream has ended. */
  onClosed(error: Error | undefined): void;
  /** A datagram could not be sent. */
  onSendError(error: Error): void;
  /** An ICMP message about datagrams sent earlier: each of each router, when it comes for the first time. */
  onIcmp(heard: IcmpReport): void;
}

/** The figures of each stream, in the order in which they were opened, but for those whose role has failed. */
interface GroupFigures {
  readonly streams: readonly StreamOutcome[];
}

/** Where nobody tells them. */
export const NO_FIGURES: GroupFigures = { streams: [] };

/** One end of the data streams of a test, which are begun and ended together. Each is worked by a role of its own. */
export class StreamGroup {
  readonly #options: StreamGroupOptions;
  readonly #listener: StreamListener;
  readonly #directed: ReadonlyMap<Direction, DirectedStreams>;
  readonly #intervals: KeptIntervals;
  readonly #endWatches: (() => void)[] = [];
  #isReleased = false;
  #figures: Promise<GroupFigures> | undefined;

  constructor(options: StreamGroupOptions, listener: StreamListener) {
    this.#options = options;
    this.#listener = listener;
    this.#intervals = new KeptIntervals(options.isClient ? undefined : MAX_INTERVALS_OF_SERVER);
    this.#directed = new Map(options.plan.directions.map((direction) => [direction, this.#newDirected(direction)]));
  }

  /** All intervals so far; undefined when there were too many to keep. */
  get intervals(): readonly Interval[] | undefined {
    return this.#intervals.all;
  }

  get progress(): Progress {
    return progressOf(this.#streams.map(({ progress }) => progress));
  }

  /** What there is to know of the sockets of each kind: of one that receives, where there is any, once it is ready. */
  get carrier(): CarrierFacts | undefined {
    const [first, ...others] = [...this.#directed].map(
      ([direction, { handles }]) => [direction, handles[0]?.facts] as const,
    );
    const receiving = [first, ...others].find((one) => one !== undefined && !this.#isSending(one[0]));
    return (receiving ?? first)?.[1];
  }

  progressOf(direction: Direction): Progress {
    return this.#of(direction).progress;
  }

  /** Opens one stream more. Resolves when it is ready; rejects when it cannot be. */
  async open(carrier: StreamCarrier, direction: Direction): Promise<void> {
    if (this.#isReleased) throw new Error('the streams were given up');
    await this.#start(carrier, direction).ready;
  }

  /** The load begins now. */
  start(): void {
    for (const stream of this.#streams) stream.post({ order: 'start' });
    for (const direction of this.#directed.keys()) this.#watch(direction);
  }

  /** Sends no more; resolves once writes that are under way are done, or never will be. */
  async stop(): Promise<void> {
    await Promise.all(this.#streams.map((stream) => stream.stop()));
  }

  /** Sends nothing for a while, because nobody may be there. */
  rest(isResting: boolean): void {
    for (const stream of this.#streams) stream.post({ order: 'rest', isResting });
  }

  /** The load is over: no more intervals until the last. */
  hold(): void {
    this.#endWatch();
    for (const stream of this.#streams) stream.post({ order: 'hold' });
  }

  /** Gathers the figures of a load that ended at `end`; once, whatever `end` is later. Its last intervals are passed on before. */
  finish(end: Instant): Promise<GroupFigures> {
    this.#endWatch();
    this.#figures ??= this.#finish(end);
    return this.#figures;
  }

  /** What the other end has reported of what it receives. */
  receive(reports: readonly ReportedInterval[]): void {
    for (const report of reports) this.#directed.get(report.direction)?.receive(report);
  }

  /** The other end reports nothing more. `hasAll`: it has reported everything; otherwise what waits for it is passed on as it is. */
  settle(hasAll: boolean): void {
    for (const directed of this.#directed.values()) directed.settle(hasAll);
  }

  /** What the other end has reported that cannot be. */
  get faults(): readonly string[] {
    return [...this.#directed.values()].flatMap(({ fault }) => fault ?? []);
  }

  /** An interval without what the other end has reported of it; undefined where this end knows nothing of it. */
  readonly asSent = (interval: Interval): Interval | undefined =>
    this.#directed.get(interval.direction)?.asSent(interval);

  /** Ends everything at once, for whatever reason. */
  release(): void {
    this.#isReleased = true;
    this.#endWatch();
    for (const stream of this.#streams) stream.post({ order: 'release' });
  }

  get #streams(): readonly StreamHandle[] {
    return [...this.#directed.values()].flatMap(({ handles }) => handles);
  }

  #of(direction: Direction): DirectedStreams {
    const directed = this.#directed.get(direction);
    if (directed === undefined) throw new RangeError(`no stream goes ${direction} in this test`);
    return directed;
  }

  #isSending(direction: Direction): boolean {
    return (direction === 'up') === this.#options.isClient;
  }

  #newDirected(direction: Direction): DirectedStreams {
    const { plan, metrics, session } = this.#options;
    const options = {
      direction,
      isSending: this.#isSending(direction),
      parallel: plan.parallel,
      metrics,
      hasReports: this.#hasGranted('reports'),
      latestOffsetNs: () => session.latestOffsetNs(),
    };
    return new DirectedStreams(options, {
      onInterval: (interval) => this.#onInterval(interval),
      onReportable: (intervals) => this.#listener.onReportable(intervals),
      onComplete: () => this.#listener.onComplete(direction),
    });
  }

  /** Streams that cannot tell that an amount has come are watched. */
  #watch(direction: Direction): void {
    const { plan, grant, transport } = this.#options;
    const isPlain = grant === undefined;
    const isLossy = plan.protocol === 'udp';
    if (plan.amount === undefined || this.#isSending(direction) || !(isPlain || isLossy)) return;
    const { bytes } = plan.amount;
    this.#endWatches.push(
      watchAmount(transport, {
        bytes: isPlain ? bytes : undefined,
        isLossy,
        spacing: span((plan.spacing ?? 0) * plan.burst),
        progress: () => this.progressOf(direction),
        onComplete: () => this.#of(direction).complete(),
      }),
    );
  }

  #endWatch(): void {
    for (const end of this.#endWatches.splice(0)) end();
  }

  async #finish(end: Instant): Promise<GroupFigures> {
    const outcomes = await Promise.all([...this.#directed.values()].map((directed) => directed.finish(end)));
    return { streams: outcomes.flat() };
  }

  #start(carrier: StreamCarrier, direction: Direction): StreamHandle {
    const { transport } = this.#options;
    const directed = this.#of(direction);
    const progress = new StreamProgress();
    const options = this.#streamOptions(direction);
    const { id } = options;
    const data = { options, carrier: this.#handed(carrier), progress: progress.buffer };
    try {
      const role = transport.start(STREAM_ROLE, data);
      // A role has a connection's descriptor of its own: this one is of no use any more.
      if (carrier.kind === 'stream') void handledElsewhere(role.ended.finally(() => carrier.stream.destroy()));
      void handledElsewhere(role.ended.finally(() => directed.endStream(id)));
      const stream = new StreamHandle(role, progress, {
        ...this.#listener,
        onReport: (report) => directed.report(id, report),
        onComplete: () => directed.completeStream(id),
      });
      directed.add(id, stream);
      return stream;
    } catch (error) {
      if (data.carrier.kind === 'stream') transport.takeBack(data.carrier.handed);
      throw error;
    }
  }

  #handed(carrier: StreamCarrier): HandedCarrier {
    if (carrier.kind !== 'stream') return carrier;
    const { stream, ...how } = carrier;
    return { ...how, handed: this.#options.transport.handOver(stream) };
  }

  #streamOptions(direction: Direction): StreamOptions {
    const { plan, metrics, session, reportInterval, hangsUp } = this.#options;
    const { anchor, peerBaseSeconds } = session.wall;
    return {
      id: streamId(this.#streams.length),
      plan,
      direction,
      pace: this.#paceOf(direction),
      isSending: this.#isSending(direction),
      metrics,
      anchor: this.#hasGranted(plan.protocol === 'tcp' ? 'records' : 'datagrams') ? anchor : undefined,
      peerBaseSeconds,
      reportInterval,
      hangsUp,
    };
  }

  /** A plain client in reverse ends an amount itself, when it has all of it: what is lost of datagrams is made up for. */
  #paceOf(direction: Direction): Pace {
    const { plan, grant, isClient } = this.#options;
    const pace = paceOfStream(plan, this.#of(direction).count);
    const isEndedByReceiver = grant === undefined && !isClient && direction === 'down' && plan.protocol === 'udp';
    return isEndedByReceiver && plan.amount !== undefined
      ? { ...pace, planned: undefined, lastLength: undefined }
      : pace;
  }

  #hasGranted(feature: Feature): boolean {
    return this.#options.grant?.features.includes(feature) ?? false;
  }

  #onInterval(interval: Interval): void {
    this.#intervals.push(interval);
    this.#listener.onInterval(interval);
  }
}
