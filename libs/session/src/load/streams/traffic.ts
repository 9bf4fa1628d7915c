import type { Transport } from '@pathgauge/transport';
import type { Instant, Span } from '@pathgauge/units';
import type { IntervalClock } from './interval-clock';
import type { IntervalReport, IntervalTimes } from './interval-report';
import type { SendFailureListener } from './send-failures';
import type { Sender } from './sender';
import type { StreamOutcome } from './stream-outcome';
import type { StreamProgress } from './stream-progress';
import type { TrafficMeter } from './traffic-meter';

/** What one end of a stream does with its socket: it sends, or it receives, and accounts for it. */
export interface Traffic {
  readonly meter: TrafficMeter;
  /** Undefined at the end that receives. */
  readonly sender: Sender | undefined;
  /** The omitted beginning, which is not marked, or is this end's to mark, is over at `at`: from there on everything counts. */
  count(at: Instant): void;
  /** What passed since the last call. */
  report(times: IntervalTimes): IntervalReport;
  /** Everything, of a load that lasted for `loadNs`. */
  account(loadNs: Span): TrafficAccount;
}

export type TrafficAccount = Pick<StreamOutcome, 'figures' | 'iperf3' | 'congestion' | 'sendError' | 'icmp'>;

/** What only an end that sends knows. */
export const NOTHING_SENT = { congestion: undefined, sendError: undefined } as const;

/** What all traffic of a stream needs. */
export interface TrafficContext {
  readonly host: Pick<Transport, 'clock' | 'timer' | 'coarseTimer' | 'soon'>;
  readonly intervals: IntervalClock;
  readonly progress: StreamProgress;
  readonly listener: TrafficListener;
  /** How often this host was held up so far. */
  readonly stalls: () => number;
}

export interface TrafficListener extends Pick<SendFailureListener, 'onSendError' | 'onIcmp'> {
  /** The stream brought what no sender of records writes. */
  onBroken(why: string): void;
  /** Everything that was planned has arrived. */
  onComplete(): void;
  /** The connection has ended, or nobody is at the other end of it any more. */
  onClosed(error: Error | undefined): void;
}
