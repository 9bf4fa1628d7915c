import type { Instant } from '@pathgauge/units';
import type { Endpoint, Family } from './address';
import type { Clock, Timer } from './clock';

/** Where an instant in a measurement was taken. */
export type TimestampSource = 'kernel' | 'user';

/** Datagrams that arrived together. Valid only while the handler it was given to runs. */
export interface DatagramBatch {
  readonly count: number;
  /** The bytes of datagram `i`. The handler may overwrite them: a reflector turns a request into its reply in place. */
  payload(i: number): Uint8Array;
  arrival(i: number): Instant;
  source(i: number): Endpoint;
  /** Sends `payload` back to where datagram `i` came from. */
  reply(i: number, payload: Uint8Array): void;
}

export interface DatagramSocket {
  readonly local: Endpoint;
  readonly sendTimestamps: TimestampSource;
  readonly receiveTimestamps: TimestampSource;
  /** Datagrams handed over that the system has not taken yet. Their bytes must stay as they are. */
  readonly backlog: number;
  /**
   * How many datagrams the system has dropped at this socket since it was opened, because they were not read in time.
   * Undefined where the system does not tell.
   */
  dropped(): number | undefined;
  /** The one consumer of what arrives. */
  onBatch(handler: (batch: DatagramBatch) => void): void;
  /** What the system says of datagrams sent earlier, such as that nobody listens on the port. The socket lives on. */
  onError(handler: (error: Error) => void): void;
  /** Sends to `to`; on a connected socket to its peer. What goes wrong is told to `onError`. */
  send(payload: Uint8Array, to?: Endpoint): void;
  close(): void;
}

export interface StreamSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** The one consumer of what arrives. A chunk is valid only during the call. */
  onData(handler: (chunk: Uint8Array, arrival: Instant) => void): void;
  /** Called once, when the connection has ended for whatever reason; at once if it has already. */
  onClose(handler: (error: Error | undefined) => void): void;
  /**
   * Sends `bytes`, which must stay as they are until `done`. That is called once, never within this call: with true
   * when the system has taken them, with false when the connection has ended and it never will.
   */
  write(bytes: Uint8Array, done?: (taken: boolean) => void): void;
  /** Sends what was written, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface DatagramOptions {
  /** Own address and port; left out, the system picks. */
  readonly bind?: { readonly address?: string | undefined; readonly port?: number } | undefined;
  /** TTL or hop limit of what is sent; left out, the system's default. */
  readonly ttl?: number | undefined;
}

export interface ConnectOptions {
  readonly bind?: string | undefined;
  readonly timeoutMs: number;
}

export interface Listener {
  readonly local: Endpoint;
  /** Accepts no more; connections that are open stay open. */
  close(): void;
}

/** Sockets, clocks and name look-up of one kind. All failures are `TransportError`s. */
export interface Transport {
  readonly kind: 'portable' | 'linux';
  readonly clock: Clock;
  /** A timer as exact as this transport can make it. */
  timer(): Timer;
  /** The addresses of a host, in the order to try them. Rejects when there are none. */
  resolve(host: string, family: Family | undefined): Promise<readonly string[]>;
  /** Whether the address is one of this host's own, so that its clock and ours are one. */
  isOwnAddress(address: string): boolean;
  /** A datagram socket that talks to `peer` alone. */
  connectDatagrams(peer: Endpoint, options: DatagramOptions): Promise<DatagramSocket>;
  /** A datagram socket for all comers; without an address on all of them, IPv4 and IPv6. */
  bindDatagrams(options: DatagramOptions): Promise<DatagramSocket>;
  connectStream(peer: Endpoint, options: ConnectOptions): Promise<StreamSocket>;
  /** Accepts connections; without an address on all of them, IPv4 and IPv6. */
  listen(
    options: { readonly address?: string | undefined; readonly port: number },
    onConnection: (stream: StreamSocket) => void,
  ): Promise<Listener>;
}
