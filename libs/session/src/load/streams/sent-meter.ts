import { DelayDistribution, RateMeter } from '@pathgauge/metrics';
import { NO_RECEIVER_FIGURES, type NotSentFigures, type StreamFigures } from '@pathgauge/protocol';
import type { Direction, DistributionState } from '@pathgauge/result';
import type { PathState } from '@pathgauge/transport';
import { type Instant, rateOf, type Span, span } from '@pathgauge/units';
import type { IntervalReport, IntervalTimes } from './interval-report';
import { StreamProgress } from './stream-progress';
import type { TrafficMeter } from './traffic-meter';

/** What was sent, and how well the schedule was kept. */
export class SentMeter implements TrafficMeter {
  readonly firstArrival = undefined;
  readonly #direction: Direction;
  readonly #progress: StreamProgress;
  readonly #unsent: Record<keyof NotSentFigures, number> = { heldUp: 0, refused: 0, blocked: 0 };
  #rate = new RateMeter();
  #error = new DelayDistribution();
  #reportedBytes = 0;
  #reportedMessages = 0;
  #omitted = 0;

  constructor(direction: Direction, progress = new StreamProgress()) {
    this.#direction = direction;
    this.#progress = progress;
  }

  /** How many messages of the omitted beginning were sent. */
  get omitted(): number {
    return this.#omitted;
  }

  get messages(): number {
    return this.#rate.messages;
  }

  /** When something was last sent. */
  get last(): Instant | undefined {
    return this.#rate.last;
  }

  get bytes(): number {
    return this.#rate.bytes;
  }

  /** How many messages are done with: sent, or never to be sent. */
  get settled(): number {
    const { heldUp, refused, blocked } = this.#unsent;
    return this.#rate.messages + heldUp + refused + blocked;
  }

  get unsent(): NotSentFigures {
    return this.#unsent;
  }

  /** So many messages that were due are not sent. */
  giveUp(messages: number, why: keyof NotSentFigures): void {
    this.#unsent[why] += messages;
  }

  /** The omitted beginning is over: what was sent so far is in no figure. */
  restart(): void {
    this.omit(this.#rate.messages);
    this.#rate = new RateMeter();
    this.#error = new DelayDistribution();
    Object.assign(this.#unsent, { heldUp: 0, refused: 0, blocked: 0 });
    this.#reportedBytes = 0;
    this.#reportedMessages = 0;
    this.#progress.sent(0);
  }

  /** So many messages were sent that are in no figure. */
  omit(messages: number): void {
    this.#omitted += messages;
  }

  record(bytes: number, messages: number, at: Instant): void {
    this.#rate.record(bytes, messages, at);
    this.#progress.sent(this.#rate.bytes);
  }

  /** A message left `errorNs` after it was due. */
  recordError(errorNs: number): void {
    this.#error.record(errorNs);
  }

  /** How late the messages were, such that several streams' can be added up. */
  error(): DistributionState | undefined {
    return this.#error.count === 0 ? undefined : this.#error.state();
  }

  /** What was sent since the last call. */
  report({ startNs, endNs }: IntervalTimes, framed: boolean, throughput: boolean, path?: PathState): IntervalReport {
    const bytes = this.#rate.bytes - this.#reportedBytes;
    const messages = this.#rate.messages - this.#reportedMessages;
    const interval = {
      startNs,
      endNs,
      stream: undefined,
      direction: this.#direction,
      measuredAt: 'sender' as const,
      bytes,
      sentBytes: undefined,
      bitsPerSecond: throughput ? rateOf(bytes, span(endNs - startNs)) : undefined,
      messages: framed ? messages : undefined,
      lost: undefined,
      jitterNs: undefined,
      owdMeanNs: undefined,
      ...pathFields(path),
    };
    this.#reportedBytes = this.#rate.bytes;
    this.#reportedMessages = this.#rate.messages;
    return { interval, transitMeanNs: undefined, transits: 0 };
  }

  /** `durationNs`: how long the load lasted. */
  figures(id: number, durationNs: Span, framed: boolean, path?: PathState): StreamFigures {
    const { bytes, messages } = this.#rate;
    return {
      ...NO_RECEIVER_FIGURES,
      ...pathFields(path),
      ...segmentFields(path),
      id,
      bytes,
      messages: framed ? messages : undefined,
      durationNs,
      notSent: { ...this.#unsent },
    };
  }
}

/** What the system tells of the path, each undefined where it does not. */
const pathFields = (path: PathState | undefined) => ({
  retransmits: path?.retransmits,
  rttNs: path?.rttNs,
  cwndBytes: path?.cwndBytes,
});

/** Of the whole stream. */
const segmentFields = (path: PathState | undefined) => ({
  mssBytes: path?.mssBytes,
  congestion: path?.congestion,
  pathMtu: path === undefined ? undefined : { bytes: path.pathMtuBytes, from: undefined },
});
