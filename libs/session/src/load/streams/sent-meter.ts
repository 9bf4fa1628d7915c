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
  readonly #rate = new RateMeter();
  readonly #error = new DelayDistribution();
  readonly #direction: Direction;
  readonly #beforeRecord: (at: Instant) => void;
  readonly #progress: StreamProgress;
  readonly #unsent: Record<keyof NotSentFigures, number> = { heldUp: 0, refused: 0, blocked: 0 };
  #reportedBytes = 0;
  #reportedMessages = 0;

  /** `beforeRecord` is called with each instant at which something is sent, before that is counted. */
  constructor(direction: Direction, beforeRecord: (at: Instant) => void, progress = new StreamProgress()) {
    this.#direction = direction;
    this.#beforeRecord = beforeRecord;
    this.#progress = progress;
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

  record(bytes: number, messages: number, at: Instant): void {
    this.#beforeRecord(at);
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
    return { interval, transitMeanNs: undefined };
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
  pathMtu: path === undefined ? undefined : { bytes: path.pathMtuBytes, from: undefined },
});
