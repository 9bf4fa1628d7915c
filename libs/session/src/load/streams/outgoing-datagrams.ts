import type { DatagramSocket } from '@pathgauge/transport';
import type { Instant, Span } from '@pathgauge/units';
import { DatagramSender } from './datagram-sender';
import type { IntervalReport, IntervalTimes } from './interval-report';
import type { Opening } from './opening';
import { SendFailures } from './send-failures';
import type { Sender } from './sender';
import type { SentMeter } from './sent-meter';
import { isFramed, marksOmitted, type StreamOptions, wallOf } from './stream-options';
import type { Traffic, TrafficAccount, TrafficContext } from './traffic';

/** What one end sends as datagrams. */
export class OutgoingDatagrams implements Traffic {
  readonly meter: SentMeter;
  readonly sender: Sender;
  readonly #options: StreamOptions;
  readonly #socket: DatagramSocket;
  readonly #failures: SendFailures;

  constructor(socket: DatagramSocket, opening: Opening, options: StreamOptions, context: TrafficContext) {
    const { host, intervals, progress, listener } = context;
    const { plan, pace, direction } = options;
    this.#options = options;
    this.#socket = socket;
    this.#failures = new SendFailures(() => host.clock.now(), {
      onSendError: (error) => listener.onSendError(error),
      onIcmp: (heard) => listener.onIcmp(heard),
      onNobodyListens: (error) => {
        this.sender.stop(false);
        listener.onClosed(error);
      },
    });
    const { length, counters64Bit, omit, repeatingPayload: repeats } = plan;
    const onRefused = (error: Error): void => this.#failures.onRefused(error);
    const ofLoad = { direction, length, counters64Bit, pace, omit, repeats, marksOmitted: marksOmitted(options) };
    const sending = { ...ofLoad, wall: wallOf(options), progress, onRefused };
    this.sender = new DatagramSender(socket, { ...sending, beforeSend: intervals.pass }, host);
    this.meter = this.sender.sent;
    progress.setComplete(true);
    this.#failures.listenTo(socket);
    socket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) opening.takes(batch, i);
    });
    opening.begin(socket);
  }

  count(at: Instant): void {
    this.sender.count(at);
  }

  report(times: IntervalTimes): IntervalReport {
    return this.meter.report(times, isFramed(this.#options), this.#options.metrics.throughput);
  }

  account(loadNs: Span): TrafficAccount {
    const { meter } = this;
    const ofPath = this.#failures.figures(this.#socket.pathMtuBytes());
    return {
      figures: { ...meter.figures(this.#options.id, loadNs, isFramed(this.#options)), ...ofPath },
      iperf3: {
        errors: 0,
        packets: meter.omitted + meter.messages,
        omittedErrors: 0,
        omittedPackets: meter.omitted,
      },
      congestion: undefined,
      sendError: meter.error(),
      icmp: this.#failures.heard(),
    };
  }
}
