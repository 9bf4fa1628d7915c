import { DelayDistribution, InterarrivalJitter, RateMeter, SequenceLedger } from '@pathgauge/metrics';
import { NO_RECEIVER_FIGURES, type StreamFigures } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import { elapsed, type Instant, type PeerInstant, rateOf, span } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';
import type { DropCount } from './host-drops';
import type { IntervalReport, IntervalTimes } from './interval-report';
import { StreamProgress } from './stream-progress';
import type { TrafficMeter } from './traffic-meter';

/** What one stream brought in, at its receiving end: all of it, and what came since the last report. */
export class ReceivedMeter implements TrafficMeter {
  readonly settled = 0;
  readonly #direction: Direction;
  readonly #metrics: MetricSwitches;
  readonly #framed: boolean;
  readonly #progress: StreamProgress;
  readonly #since = { bytes: 0, messages: 0, lost: 0, delayNs: 0, delays: 0 };
  #rate = new RateMeter();
  #sequence = new SequenceLedger();
  #jitter = new InterarrivalJitter();
  #transit = new DelayDistribution();
  #firstTransit: number | undefined;

  /** `framed`: the stream has messages with numbers and send times, not only bytes. */
  constructor(direction: Direction, framed: boolean, metrics: MetricSwitches, progress = new StreamProgress()) {
    this.#direction = direction;
    this.#framed = framed;
    this.#metrics = metrics;
    this.#progress = progress;
  }

  /** The omitted beginning is over: what came so far is in no figure. */
  restart(): void {
    this.#rate = new RateMeter();
    this.#sequence = new SequenceLedger();
    this.#jitter = new InterarrivalJitter();
    this.#transit = new DelayDistribution();
    this.#firstTransit = undefined;
    Object.assign(this.#since, { bytes: 0, messages: 0, lost: 0, delayNs: 0, delays: 0 });
    this.#progress.restart();
  }

  get bytes(): number {
    return this.#rate.bytes;
  }

  get firstArrival(): Instant | undefined {
    return this.#rate.first;
  }

  get last(): Instant | undefined {
    return this.#rate.last;
  }

  /** The number behind the highest one that has arrived. */
  get nextSequence(): number {
    return this.#sequence.next;
  }

  /** Bytes of a stream, whether or not they complete a message. */
  arrived(bytes: number, at: Instant): void {
    this.#rate.record(bytes, 0, at);
    this.#progress.arrived(this.#rate.bytes, at);
  }

  /**
   * Complete messages that came and left together, with consecutive numbers from `first` on: they have one delay, and count
   * once for the jitter. `sent` is when they left, undefined when send times mean nothing here. Returns how many of them are no duplicates.
   */
  messages(first: number, count: number, sent: PeerInstant | undefined, at: Instant): number {
    const fresh = this.#sequence.recordRun(first, count);
    if (sent === undefined || fresh === 0) return fresh;
    const transit = at - sent;
    if (this.#metrics.jitter) this.#jitter.record(transit);
    if (this.#metrics.oneWayDelay) {
      this.#transit.recordMany(transit, fresh);
      this.#firstTransit ??= transit;
      // Less the first: the sum keeps its digits also where the clocks are years apart.
      this.#since.delayNs += (transit - this.#firstTransit) * fresh;
      this.#since.delays += fresh;
    }
    return fresh;
  }

  /** What came since the last call. */
  report({ startNs, endNs }: IntervalTimes): IntervalReport {
    const { received, expected } = this.#sequence.snapshot();
    const lost = expected - received;
    const bytes = this.#rate.bytes - this.#since.bytes;
    const { delays, delayNs } = this.#since;
    const interval = {
      startNs,
      endNs,
      stream: undefined,
      direction: this.#direction,
      measuredAt: 'receiver' as const,
      bytes,
      sentBytes: undefined,
      bitsPerSecond: this.#metrics.throughput ? rateOf(bytes, span(endNs - startNs)) : undefined,
      messages: this.#framed ? received - this.#since.messages : undefined,
      lost: this.#framed ? lost - this.#since.lost : undefined,
      jitterNs: this.#jitter.snapshot(),
      owdMeanNs: undefined,
      retransmits: undefined,
      rttNs: undefined,
      cwndBytes: undefined,
    };
    const transitMeanNs = delays === 0 ? undefined : delayNs / delays + (this.#firstTransit ?? 0);
    Object.assign(this.#since, { bytes: this.#rate.bytes, messages: received, lost, delayNs: 0, delays: 0 });
    return { interval, transitMeanNs, transits: delays };
  }

  /**
   * Everything, as it is told to the other end. Asked once. `hostDropped`: by this host itself, as far as it tells, which
   * is an upper bound where `isBound` says so.
   */
  figures(id: number, hostDropped?: number, isBound = false): StreamFigures {
    const { received, duplicates, reordered, extent, expected } = this.#sequence.snapshot();
    const { first, last } = this.#rate;
    return {
      ...NO_RECEIVER_FIGURES,
      id,
      bytes: this.#rate.bytes,
      messages: this.#framed ? received : undefined,
      durationNs: first === undefined || last === undefined ? span(0) : elapsed(first, last),
      jitterNs: this.#jitter.snapshot(),
      duplicates: this.#framed ? duplicates : undefined,
      reordered: this.#framed ? reordered : undefined,
      reorderExtent: extent,
      expected: this.#framed ? expected : undefined,
      lossBursts: this.#framed ? this.#sequence.lossBursts(expected) : undefined,
      hostDropped,
      hostDroppedEstimated: isBound,
      transit: this.#transit.count > 0 ? this.#transit.state() : undefined,
    };
  }
}

/** The figures of a stream for the results message. Transit times carry the base that the peer's clock is counted from. */
export function receivedFigures(
  meter: ReceivedMeter,
  { id, peerBaseSeconds }: { readonly id: number; readonly peerBaseSeconds: number },
  drops?: DropCount,
): StreamFigures {
  const figures = meter.figures(id, drops?.hostDropped, drops?.isBound);
  if (figures.transit === undefined || peerBaseSeconds === 0) return figures;
  return { ...figures, transit: { ...figures.transit, baseSeconds: -peerBaseSeconds } };
}
