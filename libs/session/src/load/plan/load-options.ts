import type { Family } from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';

/** What a load test is to do. */
export interface LoadOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly family: Family | undefined;
  /** Own address to send from. */
  readonly bind: string | undefined;
  /** TTL or hop limit of the datagrams; UDP only. */
  readonly ttl: number | undefined;
  /** What is sent is marked with this; undefined: with nothing of its own. UDP only. */
  readonly dscp: number | undefined;
  /** Datagrams must not be cut into fragments, whichever end sends; UDP only. */
  readonly dontFragment: boolean;
  /** Bytes of a record or datagram. */
  readonly length: number;
  /** Between messages; undefined: as fast as the path takes them. */
  readonly spacing: Span | undefined;
  readonly duration: Span;
  /** The server sends, the client receives. */
  readonly reverse: boolean;
  readonly reportInterval: Span;
  readonly metrics: MetricSwitches;
}
