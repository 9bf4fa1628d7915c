import type { DatagramBatch, DatagramSocket } from '@pathgauge/transport';
import { after, type Instant, type Span, span } from '@pathgauge/units';
import { DatagramReceiver } from './datagram-receiver';
import { HostDrops } from './host-drops';
import type { IntervalClock } from './interval-clock';
import type { IntervalReport, IntervalTimes } from './interval-report';
import type { Opening } from './opening';
import { ReceivedMeter, receivedFigures } from './received-meter';
import { SendFailures } from './send-failures';
import { isFramed, marksOmitted, type StreamOptions, wallOf } from './stream-options';
import type { StreamProgress } from './stream-progress';
import { NOTHING_SENT, type Traffic, type TrafficAccount, type TrafficContext, type TrafficListener } from './traffic';

/** What one end receives as datagrams. It sends nothing but what opens the stream. */
export class IncomingDatagrams implements Traffic {
  readonly meter: ReceivedMeter;
  readonly sender = undefined;
  readonly #options: StreamOptions;
  readonly #receiver: DatagramReceiver;
  readonly #intervals: IntervalClock;
  readonly #drops: HostDrops;
  readonly #failures: SendFailures;
  readonly #progress: StreamProgress;
  readonly #listener: TrafficListener;
  /** Of which the messages are marked. */
  readonly #omit: Span;

  constructor(socket: DatagramSocket, opening: Opening, options: StreamOptions, context: TrafficContext) {
    const { plan, pace, direction, metrics } = options;
    const { host, listener } = context;
    this.#options = options;
    this.#intervals = context.intervals;
    this.#progress = context.progress;
    this.#listener = listener;
    this.#omit = marksOmitted(options) ? plan.omit : span(0);
    this.meter = new ReceivedMeter(direction, isFramed(options), metrics, context.progress);
    this.#receiver = new DatagramReceiver(this.meter, {
      wall: wallOf(options),
      counters64Bit: plan.counters64Bit,
      onCounted: this.#omit > 0 ? (arrival) => this.#intervals.passArrival(arrival, true) : undefined,
      lastNumber: pace.lastLength === undefined ? undefined : pace.planned,
    });
    this.#drops = new HostDrops(socket);
    this.#failures = new SendFailures(() => host.clock.now(), {
      onSendError: (error) => listener.onSendError(error),
      onIcmp: (heard) => listener.onIcmp(heard),
    });
    this.#failures.listenTo(socket);
    // In reverse, data may overtake the answer: it counts from the first datagram on.
    socket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) {
        if (opening.takes(batch, i)) this.#onOpening(batch.arrival(i));
        else this.#receive(batch, i);
      }
    });
    opening.begin(socket);
    if (this.#receiver.isComplete) this.#complete();
  }

  count(): void {
    this.#receiver.restart();
  }

  report(times: IntervalTimes): IntervalReport {
    return this.meter.report(times);
  }

  account(): TrafficAccount {
    const figures = receivedFigures(this.meter, this.#options, this.#drops.count());
    return { figures, iperf3: this.#receiver.iperf3Count(), ...NOTHING_SENT, icmp: this.#failures.heard() };
  }

  /** A client that asks again has not received the answer yet: its load begins later. */
  #onOpening(arrival: Instant): void {
    if (this.#options.direction !== 'up' || this.meter.last !== undefined) return;
    this.#intervals.passArrival(after(arrival, this.#omit), true);
  }

  #complete(): void {
    if (this.#progress.isComplete) return;
    this.#progress.setComplete(true);
    this.#listener.onComplete();
  }

  #receive(batch: DatagramBatch, i: number): void {
    const arrival = batch.arrival(i);
    if (!this.#receiver.isOmitting) this.#intervals.passArrival(arrival, this.meter.last === undefined);
    this.#receiver.receive(batch.payload(i), batch.segmentBytes(i), arrival);
    if (this.#receiver.isComplete) this.#complete();
  }
}
