import type { Direction } from '@pathgauge/result';
import type { Family } from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';
import type { LoadAmount } from './load-amount';
import type { SocketPlan } from './socket-plan';

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
  /** In which data flows; up first. */
  readonly directions: readonly Direction[];
  /** Streams in each direction. */
  readonly parallel: number;
  /** Bytes of a record or datagram. */
  readonly length: number;
  /** Between messages of a stream; undefined: as fast as the path takes them. */
  readonly spacing: Span | undefined;
  /** Messages that leave together. */
  readonly burst: number;
  /** Of each direction; undefined: the duration decides. */
  readonly amount: LoadAmount | undefined;
  /** The beginning that is in no figure. */
  readonly omit: Span;
  /** Behind what is omitted; undefined: the amount decides. */
  readonly duration: Span | undefined;
  readonly sockets: SocketPlan;
  readonly reportInterval: Span;
  /** How long a busy server is asked again; undefined: once. */
  readonly waitBusy: Span | undefined;
  /** The server's own account is asked for. */
  readonly getServerOutput: boolean;
  /** Who asks, for a server that serves not everyone: made when it is sent, since it bears the time. */
  readonly authToken: (() => string) | undefined;
  readonly metrics: MetricSwitches;
}
