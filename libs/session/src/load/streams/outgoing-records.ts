import type { StreamSocket } from '@pathgauge/transport';
import type { Instant, Span } from '@pathgauge/units';
import type { IntervalReport, IntervalTimes } from './interval-report';
import { PathMeter } from './path-meter';
import { RecordSender } from './record-sender';
import type { Sender } from './sender';
import type { SentMeter } from './sent-meter';
import { isFramed, type StreamOptions, wallOf } from './stream-options';
import type { Traffic, TrafficAccount, TrafficContext } from './traffic';

/** What one end sends over a connection: records, or plain blocks to a plain iperf3. */
export class OutgoingRecords implements Traffic {
  readonly meter: SentMeter;
  readonly sender: Sender;
  readonly #options: StreamOptions;
  readonly #path: PathMeter;

  constructor(stream: StreamSocket, options: StreamOptions, { host, intervals, progress, stalls }: TrafficContext) {
    this.#options = options;
    const { direction, pace, plan } = options;
    const sending = {
      direction,
      length: plan.length,
      pace,
      omit: plan.omit,
      repeats: plan.repeatingPayload,
      maxBytesPerSecond: plan.sockets.pacingBytesPerSecond,
      wall: wallOf(options),
      beforeSend: intervals.pass,
      progress,
      stalls,
    };
    this.sender = new RecordSender(stream, sending, host);
    this.meter = this.sender.sent;
    this.#path = new PathMeter(stream);
    progress.setComplete(true);
    // A plain peer may not write here, but what it writes must not pile up.
    stream.onData(() => {});
  }

  count(at: Instant): void {
    this.sender.count(at);
    this.#path.restart();
  }

  report(times: IntervalTimes): IntervalReport {
    const { metrics } = this.#options;
    return this.meter.report(times, isFramed(this.#options), metrics.throughput, this.#path.sinceLast());
  }

  account(loadNs: Span): TrafficAccount {
    const { meter } = this;
    const path = this.#path.total();
    return {
      figures: meter.figures(this.#options.id, loadNs, isFramed(this.#options), path),
      iperf3: undefined,
      congestion: path?.congestion,
      sendError: meter.error(),
      icmp: [],
    };
  }
}
