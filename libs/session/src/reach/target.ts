import type { Family } from '@pathgauge/transport';

/** Whom a client measures the path to, and from where. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly family: Family | undefined;
  /** Own address to send from. */
  readonly bind: string | undefined;
  /** TTL or hop limit of datagrams; undefined: that of the system. */
  readonly ttl: number | undefined;
}
