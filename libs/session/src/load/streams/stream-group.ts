import type { Feature, Grant } from '@pathgauge/protocol';
import type { Direction, Interval } from '@pathgauge/result';
import type { StreamSocket, Transport } from '@pathgauge/transport';
import type { Instant, Span, WallMap } from '@pathgauge/units';
import type { HeardIcmp } from '../../icmp/icmp-log';
import type { MetricSwitches } from '../../metric-switches';
import { handledElsewhere } from '../../promises';
import type { LoadPlan } from '../plan/load-plan';
import { streamId } from '../plan/stream-id';
import { paceOfStream } from '../plan/stream-pace';
import type { IntervalReport } from './interval-report';
import { StreamHandle, type StreamWordListener } from './stream-handle';
import type { AnsweringCarrier, AskingCarrier, HandedCarrier } from './stream-messages';
import type { StreamOptions } from './stream-options';
import type { CarrierFacts, StreamOutcome } from './stream-outcome';
import { type Progress, progressOf, StreamProgress } from './stream-progress';
import { STREAM_ROLE } from './stream-role';

/** A day of seconds. A document with more would not be read; it has none then. */
const MAX_INTERVALS = 86_400;

export interface StreamGroupOptions {
  readonly plan: LoadPlan;
  /** Whether this end sends; otherwise it receives. */
  readonly isSending: boolean;
  readonly metrics: MetricSwitches;
  /** What was granted of the extension; undefined with a plain iperf3 peer. */
  readonly grant: Grant | undefined;
  readonly session: GroupClock;
  readonly transport: Pick<Transport, 'start' | 'handOver' | 'takeBack'>;
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
  onInterval(interval: Interval): void;
  /** A stream brought what no sender of records writes. */
  onBroken(why: string): void;
  /** The connection of a stream has ended. */
  onClosed(error: Error | undefined): void;
  /** A datagram could not be sent. */
  onSendError(error: Error): void;
  /** An ICMP message about datagrams sent earlier: each of each router, when it comes for the first time. */
  onIcmp(heard: HeardIcmp): void;
}

/** What a stream is to go over: see `HandedCarrier`. */
export type StreamCarrier =
  | {
      readonly kind: 'stream';
      readonly stream: StreamSocket;
      readonly unread: Uint8Array;
      readonly dscp: number | undefined;
      readonly greeting: Uint8Array | undefined;
    }
  | AskingCarrier
  | AnsweringCarrier;

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
  readonly #streams: StreamHandle[] = [];
  readonly #intervals: Interval[] = [];
  #hasTooMany = false;
  #isReleased = false;
  #figures: Promise<GroupFigures> | undefined;

  constructor(options: StreamGroupOptions, listener: StreamListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** All intervals so far; undefined when there were too many to keep. */
  get intervals(): readonly Interval[] | undefined {
    return this.#hasTooMany ? undefined : this.#intervals;
  }

  get progress(): Progress {
    return progressOf(this.#streams.map(({ progress }) => progress));
  }

  /** What there is to know of the sockets, which are all of one kind; once the first of them is ready. */
  get carrier(): CarrierFacts | undefined {
    return this.#streams[0]?.facts;
  }

  /** Opens one stream more. Resolves when it is ready; rejects when it cannot be. */
  async open(carrier: StreamCarrier): Promise<void> {
    if (this.#isReleased) throw new Error('the streams were given up');
    const stream = this.#start(carrier);
    this.#streams.push(stream);
    await stream.ready;
  }

  /** The load begins now. */
  start(): void {
    for (const stream of this.#streams) stream.post({ order: 'start' });
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
    for (const stream of this.#streams) stream.post({ order: 'hold' });
  }

  /** Gathers the figures of a load that ended at `end`; once, whatever `end` is later. */
  finish(end: Instant): Promise<GroupFigures> {
    this.#figures ??= this.#finish(end);
    return this.#figures;
  }

  /** Ends everything at once, for whatever reason. */
  release(): void {
    this.#isReleased = true;
    for (const stream of this.#streams) stream.post({ order: 'release' });
  }

  async #finish(end: Instant): Promise<GroupFigures> {
    const outcomes = await Promise.all(this.#streams.map((stream) => stream.finish(end)));
    return { streams: outcomes.filter((outcome) => outcome !== undefined) };
  }

  #start(carrier: StreamCarrier): StreamHandle {
    const { transport } = this.#options;
    const progress = new StreamProgress();
    const data = { options: this.#streamOptions(), carrier: this.#handed(carrier), progress: progress.buffer };
    try {
      const role = transport.start(STREAM_ROLE, data);
      // A role has a connection's descriptor of its own: this one is of no use any more.
      if (carrier.kind === 'stream') void handledElsewhere(role.ended.finally(() => carrier.stream.destroy()));
      return new StreamHandle(role, progress, this.#wordListener());
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

  #streamOptions(): StreamOptions {
    const { plan, isSending, metrics, session, reportInterval, hangsUp } = this.#options;
    const { anchor, peerBaseSeconds } = session.wall;
    return {
      id: streamId(this.#streams.length),
      plan,
      direction: plan.directions[0] ?? 'up',
      pace: paceOfStream(plan, this.#streams.length),
      isSending,
      metrics,
      anchor: this.#hasGranted(plan.protocol === 'tcp' ? 'records' : 'datagrams') ? anchor : undefined,
      peerBaseSeconds,
      reportInterval,
      hangsUp,
    };
  }

  #hasGranted(feature: Feature): boolean {
    return this.#options.grant?.features.includes(feature) ?? false;
  }

  #wordListener(): StreamWordListener {
    const listener = this.#listener;
    return {
      onReport: (report) => this.#onReport(report),
      onBroken: (why) => listener.onBroken(why),
      onClosed: (error) => listener.onClosed(error),
      onSendError: (error) => listener.onSendError(error),
      onIcmp: (heard) => listener.onIcmp(heard),
    };
  }

  #onReport({ interval, transitMeanNs }: IntervalReport): void {
    const { plan, session } = this.#options;
    const owdMeanNs = owdMeanOf(plan.directions[0] ?? 'up', transitMeanNs, session.latestOffsetNs());
    const complete = { ...interval, owdMeanNs };
    if (this.#intervals.length < MAX_INTERVALS) this.#intervals.push(complete);
    else this.#hasTooMany = true;
    this.#listener.onInterval(complete);
  }
}

/** A server whose clock is ahead sees the way up as longer, and the way down as shorter. */
function owdMeanOf(direction: Direction, transitMeanNs?: number, offsetNs?: number): number | undefined {
  if (transitMeanNs === undefined || offsetNs === undefined) return undefined;
  return direction === 'up' ? transitMeanNs - offsetNs : transitMeanNs + offsetNs;
}
