import type { Direction } from '@pathgauge/result';
import type { Span } from '@pathgauge/units';
import type { LoadAmount } from './load-amount';
import type { SocketPlan } from './socket-plan';

/** What a load is made of: what a user asks for, and what both ends plan. */
export interface LoadShape {
  readonly protocol: 'tcp' | 'udp';
  /** In which data flows: one, or both at once; up first. */
  readonly directions: readonly Direction[];
  /** Streams in each direction. */
  readonly parallel: number;
  /** Bytes of a message: a record, a block or a datagram. */
  readonly length: number;
  /** Between messages of a stream, on average; undefined: as fast as the path takes them. */
  readonly spacing: Span | undefined;
  /** Messages that are due together. */
  readonly burst: number;
  /** Of all streams of a direction together; undefined: the time decides. */
  readonly amount: LoadAmount | undefined;
  /** The beginning that is in no figure: times and amounts count behind it. */
  readonly omit: Span;
  readonly sockets: SocketPlan;
}
