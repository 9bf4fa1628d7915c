import type { StreamSocket } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import type { ByteReceiver } from './byte-receiver';
import { discardOf } from './discarding';
import type { IntervalClock } from './interval-clock';
import type { IntervalReport, IntervalTimes } from './interval-report';
import { PlainReceiver } from './plain-receiver';
import { ReceivedMeter, receivedFigures } from './received-meter';
import { RecordReceiver } from './record-receiver';
import { isFramed, type StreamOptions, wallOf } from './stream-options';
import type { StreamProgress } from './stream-progress';
import type { Traffic, TrafficAccount, TrafficContext, TrafficListener } from './traffic';

/** What one end receives over a connection: records, or the bytes of a plain iperf3. */
export class IncomingRecords implements Traffic {
  readonly meter: ReceivedMeter;
  readonly sender = undefined;
  readonly #options: StreamOptions;
  readonly #receiver: ByteReceiver;
  readonly #intervals: IntervalClock;
  readonly #progress: StreamProgress;
  readonly #listener: TrafficListener;

  /** `unread`: what has already been read of the stream. */
  constructor(stream: StreamSocket, unread: Uint8Array, options: StreamOptions, context: TrafficContext) {
    this.#options = options;
    this.#intervals = context.intervals;
    this.#progress = context.progress;
    this.#listener = context.listener;
    this.meter = new ReceivedMeter(options.direction, isFramed(options), options.metrics, context.progress);
    const wall = wallOf(options);
    this.#receiver =
      wall === undefined ? new PlainReceiver(this.meter) : new RecordReceiver(this.meter, wall, options.plan.length);
    this.#noteComplete();
    if (unread.length > 0) this.#receive(unread, context.host.clock.now());
    stream.onData(
      (chunk, arrival) => this.#receive(chunk, arrival),
      discardOf(this.#receiver, (count, arrival) => this.#skip(count, arrival)),
    );
  }

  report(times: IntervalTimes): IntervalReport {
    return this.meter.report(times);
  }

  account(): TrafficAccount {
    const figures = receivedFigures(this.meter, this.#options);
    return { figures, iperf3: undefined, sendError: undefined, icmp: [] };
  }

  #receive(chunk: Uint8Array, arrival: Instant): void {
    this.#intervals.passArrival(arrival, this.meter.last === undefined);
    const fault = this.#receiver.receive(chunk, arrival);
    this.#noteComplete();
    if (fault !== undefined) this.#listener.onBroken(`the stream is not one of records: bad ${fault}`);
  }

  #skip(count: number, arrival: Instant): void {
    this.#intervals.passArrival(arrival, this.meter.last === undefined);
    this.#receiver.skip(count, arrival);
    this.#noteComplete();
  }

  #noteComplete(): void {
    const { isComplete } = this.#receiver;
    if (isComplete !== undefined) this.#progress.setComplete(isComplete);
  }
}
