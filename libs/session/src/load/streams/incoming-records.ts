import type { StreamSocket } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import type { ByteReceiver } from './byte-receiver';
import { discardOf } from './discarding';
import type { IntervalClock } from './interval-clock';
import type { IntervalReport, IntervalTimes } from './interval-report';
import { PlainReceiver } from './plain-receiver';
import { ReceivedMeter, receivedFigures } from './received-meter';
import { RecordReceiver } from './record-receiver';
import { isFramed, marksOmitted, type StreamOptions, wallOf } from './stream-options';
import type { StreamProgress } from './stream-progress';
import { NOTHING_SENT, type Traffic, type TrafficAccount, type TrafficContext, type TrafficListener } from './traffic';

/** What one end receives over a connection: records, or the bytes of a plain iperf3. */
export class IncomingRecords implements Traffic {
  readonly meter: ReceivedMeter;
  readonly sender = undefined;
  readonly #options: StreamOptions;
  readonly #receiver: ByteReceiver;
  readonly #intervals: IntervalClock;
  readonly #progress: StreamProgress;
  readonly #listener: TrafficListener;
  /** Of acknowledgements alone, which is little; but iperf3 tells it of both ends. */
  readonly #congestion: string | undefined;

  /** `unread`: what has already been read of the stream. */
  constructor(stream: StreamSocket, unread: Uint8Array, options: StreamOptions, context: TrafficContext) {
    this.#options = options;
    this.#intervals = context.intervals;
    this.#progress = context.progress;
    this.#listener = context.listener;
    this.#congestion = stream.pathState()?.congestion;
    this.meter = new ReceivedMeter(options.direction, isFramed(options), options.metrics, context.progress);
    this.#receiver = this.#newReceiver();
    this.#noteComplete();
    if (unread.length > 0) this.#receive(unread, context.host.clock.now());
    stream.onData(
      (chunk, arrival) => this.#receive(chunk, arrival),
      discardOf(this.#receiver, (count, arrival) => this.#skip(count, arrival)),
    );
  }

  count(): void {
    this.meter.restart();
  }

  report(times: IntervalTimes): IntervalReport {
    return this.meter.report(times);
  }

  account(): TrafficAccount {
    const figures = receivedFigures(this.meter, this.#options);
    return { figures, iperf3: undefined, ...NOTHING_SENT, congestion: this.#congestion, icmp: [] };
  }

  #newReceiver(): ByteReceiver {
    const options = this.#options;
    const wall = wallOf(options);
    if (wall === undefined) return new PlainReceiver(this.meter);
    const onCounted = (arrival: Instant): void => this.#intervals.passArrival(arrival, true);
    return new RecordReceiver(this.meter, wall, options.plan.length, marksOmitted(options) ? onCounted : undefined);
  }

  #receive(chunk: Uint8Array, arrival: Instant): void {
    this.#pass(arrival);
    const fault = this.#receiver.receive(chunk, arrival);
    this.#noteComplete();
    if (fault !== undefined) this.#listener.onBroken(`the stream is not one of records: bad ${fault}`);
  }

  #skip(count: number, arrival: Instant): void {
    this.#pass(arrival);
    this.#receiver.skip(count, arrival);
    this.#noteComplete();
  }

  #pass(arrival: Instant): void {
    if (!this.#receiver.isOmitting) this.#intervals.passArrival(arrival, this.meter.last === undefined);
  }

  #noteComplete(): void {
    const known = this.#receiver.isComplete;
    if (known === undefined) return;
    const isComplete = known || this.#hasNothing;
    if (isComplete === this.#progress.isComplete) return;
    this.#progress.setComplete(isComplete);
    if (isComplete) this.#listener.onComplete();
  }

  /** An amount of fewer messages than streams leaves some of them without any. */
  get #hasNothing(): boolean {
    return this.#options.pace.planned === 0;
  }
}
