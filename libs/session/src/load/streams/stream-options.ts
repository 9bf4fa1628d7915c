import type { Direction } from '@pathgauge/result';
import { type Span, type WallAnchor, WallMap } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';
import type { LoadPlan } from '../plan/load-plan';
import type { Pace } from '../plan/pace';

/** What one end of a data stream is to do. Plain data: a role is started with it. */
export interface StreamOptions {
  /** Tells the streams of a test apart. */
  readonly id: number;
  readonly plan: LoadPlan;
  readonly direction: Direction;
  readonly pace: Pace;
  /** Whether this end sends; otherwise it receives. */
  readonly isSending: boolean;
  readonly metrics: MetricSwitches;
  /** Wall time of the session, where messages carry it; undefined with a plain iperf3 peer. */
  readonly anchor: WallAnchor | undefined;
  /** What the peer's instants are counted from: see `WallMap`. */
  readonly peerBaseSeconds: number;
  readonly reportInterval: Span;
  /** The sending end hangs up when it has stopped: a plain iperf3 client reads on until then. */
  readonly hangsUp: boolean;
}

/** How instants become the wall time that messages carry; undefined where they carry none. */
export const wallOf = ({ anchor, peerBaseSeconds }: StreamOptions): WallMap | undefined =>
  anchor === undefined ? undefined : new WallMap(anchor, peerBaseSeconds);

/** Whether messages of the omitted beginning carry a mark; otherwise each end leaves it out by its own time. */
export const marksOmitted = ({ plan, anchor }: StreamOptions): boolean =>
  plan.omit > 0 && anchor !== undefined && (plan.protocol === 'tcp' || plan.counters64Bit);

/** Whether the stream has messages with numbers and send times, not only bytes. */
export const isFramed = ({ plan, anchor }: StreamOptions): boolean => plan.protocol === 'udp' || anchor !== undefined;
