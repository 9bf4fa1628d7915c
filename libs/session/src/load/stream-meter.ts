import { DelayDistribution, InterarrivalJitter, RateMeter, SequenceLedger } from '@pathgauge/metrics';
import type { StreamFigures } from '@pathgauge/protocol';
import type { Direction, Interval } from '@pathgauge/result';
import { elapsed, type Instant, type PeerInstant, rateOf, span } from '@pathgauge/units';
import type { MetricSwitches } from '../metric-switches';

/** Since the load began. */
export type IntervalTimes = Pick<Interval, 'startNs' | 'endNs'>;

/** What one stream brought in, at its receiving end: all of it, and what came since the last report. */
export class StreamMeter {
  readonly #direction: Direction;
  readonly #metrics: MetricSwitches;
  readonly #framed: boolean;
  readonly #rate = new RateMeter();
  readonly #sequence = new SequenceLedger();
  readonly #jitter = new InterarrivalJitter();
  readonly #transit = new DelayDistribution();
  #firstTransit: number | undefined;
  readonly #since = { bytes: 0, messages: 0, lost: 0, delayNs: 0, delays: 0 };

  /** `framed`: the stream has messages with numbers and send times, not only bytes. */
  constructor(direction: Direction, framed: boolean, metrics: MetricSwitches) {
    this.#direction = direction;
    this.#framed = framed;
    this.#metrics = metrics;
  }

  get bytes(): number {
    return this.#rate.bytes;
  }

  get lastArrival(): Instant | undefined {
    return this.#rate.last;
  }

  /** Bytes of a stream, whether or not they complete a message. */
  arrived(bytes: number, at: Instant): void {
    this.#rate.record(bytes, 0, at);
  }

  /** A complete message. `sent` is undefined when its send time means nothing here. False for a duplicate. */
  message(sequence: number, sent: PeerInstant | undefined, at: Instant): boolean {
    if (this.#sequence.record(sequence) !== 'new') return false;
    if (sent === undefined) return true;
    const transit = at - sent;
    if (this.#metrics.jitter) this.#jitter.record(transit);
    if (this.#metrics.oneWayDelay) {
      this.#transit.record(transit);
      this.#firstTransit ??= transit;
      // Less the first: the sum keeps its digits also where the clocks are years apart.
      this.#since.delayNs += transit - this.#firstTransit;
      this.#since.delays++;
    }
    return true;
  }

  /** What came since the last call. `offsetNs`: the server's clock less the client's, as far as it is known. */
  report({ startNs, endNs }: IntervalTimes, offsetNs: number | undefined): Interval {
    const { received, expected } = this.#sequence.snapshot();
    const lost = expected - received;
    const bytes = this.#rate.bytes - this.#since.bytes;
    const { delays, delayNs } = this.#since;
    const interval: Interval = {
      startNs,
      endNs,
      direction: this.#direction,
      measuredAt: 'receiver',
      bytes,
      bitsPerSecond: this.#metrics.throughput ? rateOf(bytes, span(endNs - startNs)) : undefined,
      messages: this.#framed ? received - this.#since.messages : undefined,
      lost: this.#framed ? lost - this.#since.lost : undefined,
      jitterNs: this.#jitter.snapshot(),
      owdMeanNs:
        delays === 0 || offsetNs === undefined
          ? undefined
          : delayNs / delays + ((this.#firstTransit ?? 0) - this.#signed(offsetNs)),
    };
    Object.assign(this.#since, { bytes: this.#rate.bytes, messages: received, lost, delayNs: 0, delays: 0 });
    return interval;
  }

  /** Everything, as it is told to the other end. Asked once. `hostDropped`: by this host itself, as far as it tells. */
  figures(id: number, end: Instant, hostDropped?: number): StreamFigures {
    const { received, duplicates, reordered, extent, expected } = this.#sequence.snapshot();
    const last = this.#rate.last;
    const until = last !== undefined && last > end ? last : end;
    return {
      id,
      bytes: this.#rate.bytes,
      messages: this.#framed ? received : undefined,
      durationNs: this.#rate.first === undefined ? span(0) : elapsed(this.#rate.first, until),
      jitterNs: this.#jitter.snapshot(),
      duplicates,
      reordered,
      reorderExtent: extent,
      expected: this.#framed ? expected : undefined,
      lossBursts: this.#framed ? this.#sequence.lossBursts(expected) : undefined,
      hostDropped,
      transit: this.#transit.count > 0 ? this.#transit.state() : undefined,
    };
  }

  /** The way up is seen later by a server whose clock is ahead, the way down earlier. */
  #signed(offsetNs: number): number {
    return this.#direction === 'up' ? offsetNs : -offsetNs;
  }
}
