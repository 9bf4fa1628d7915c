import type { StreamFigures } from '@pathgauge/protocol';
import type { Direction, DistributionState } from '@pathgauge/result';
import type { Offload, TimestampSource } from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import type { IcmpReport } from '../../icmp/icmp-log';
import type { Iperf3Count } from './datagram-receiver';

/** What there is to know of a stream's socket before the load. */
export interface CarrierFacts {
  readonly receiveTimestamps: TimestampSource;
  readonly receiveBufferBytes: number | undefined;
}

/** Everything that one end of a stream knows when the load is over. Plain data. */
export interface StreamOutcome {
  readonly direction: Direction;
  readonly isSending: boolean;
  /** Without what is omitted. */
  readonly figures: StreamFigures;
  /** See `loadSpan`. */
  readonly loadNs: Span;
  /** Datagrams, and loss by iperf3's own rule. Undefined of TCP. */
  readonly iperf3: Iperf3Count | undefined;
  /** The congestion control that the end which sends has in use; undefined where its system does not tell. */
  readonly congestion: string | undefined;
  /** How late what was sent left; undefined: nothing was sent to a schedule. */
  readonly sendError: DistributionState | undefined;
  /** What ICMP said of the datagrams that this end sent. */
  readonly icmp: readonly IcmpReport[];
  readonly offloads: readonly Offload[];
  /** How often the wall clock was set, as far as the role that worked the stream has seen. */
  readonly clockSteps: number | undefined;
}
