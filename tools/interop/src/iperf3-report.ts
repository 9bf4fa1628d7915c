import type { Direction } from './asked';

/** What iperf3 prints under -J, as far as it is read here. */
export interface Iperf3Report {
  readonly error?: string;
  readonly start: Readonly<Record<string, unknown>>;
  readonly end: Iperf3End;
  readonly server_output_json?: unknown;
  readonly server_output_text?: string;
}

interface Sum {
  readonly seconds: number;
  readonly bytes: number;
  readonly bits_per_second: number;
  readonly packets?: number;
  readonly lost_packets?: number;
  readonly retransmits?: number;
}

type Sums = `sum${'' | '_sent' | '_received'}${'' | '_bidir_reverse'}`;

type Iperf3End = { readonly [name in Sums]?: Sum } & {
  readonly streams: readonly { readonly sender?: Sum; readonly receiver?: Sum; readonly udp?: Sum }[];
  readonly cpu_utilization_percent: Readonly<Record<string, number>>;
  readonly sender_tcp_congestion?: string;
  readonly receiver_tcp_congestion?: string;
};

/** What one iperf3 says of one direction; undefined: it does not tell. */
export interface Flow {
  readonly sentBytes: number | undefined;
  readonly receivedBytes: number | undefined;
  readonly bitsPerSecond: number | undefined;
  readonly packets: number | undefined;
  readonly lost: number | undefined;
}

/** The sums of a direction. A client has both ends' figures, a server its own alone. */
export function flowOf(report: Iperf3Report, direction: Direction, { isClient = true, isBoth = false }): Flow {
  const suffix = isBoth && direction === 'down' ? '_bidir_reverse' : '';
  const [sent, received] = [report.end[`sum_sent${suffix}`], report.end[`sum_received${suffix}`]];
  const isReceiver = isClient || direction === 'up';
  const own = isReceiver ? received : sent;
  return {
    sentBytes: isClient || direction === 'down' ? sent?.bytes : undefined,
    receivedBytes: isReceiver ? received?.bytes : undefined,
    bitsPerSecond: own?.bits_per_second,
    packets: isReceiver ? received?.packets : undefined,
    lost: isReceiver ? received?.lost_packets : undefined,
  };
}

/**
 * The keys of a document, with the types of their values: `end.sum.bytes number`. Those of a list's members are taken together.
 */
export function keysOf(value: unknown, path = ''): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((each) => [...keysOf(each, `${path}[]`)]));
  if (typeof value !== 'object' || value === null) return new Set([`${path} ${typeof value}`]);
  return new Set(
    Object.entries(value).flatMap(([key, each]) => [...keysOf(each, path === '' ? key : `${path}.${key}`)]),
  );
}
