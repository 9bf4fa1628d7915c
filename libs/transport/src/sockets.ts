import type { Instant } from '@pathgauge/units';
import type { Endpoint } from './address';
import type { Granted, StreamSettings } from './settings';

/** Where an instant in a measurement was taken. */
export type TimestampSource = 'kernel' | 'user';

/** Cutting a send into datagrams, and putting received ones together, is left to the system. */
export type Offload = 'udp-gso' | 'udp-gro';

/** Datagrams that arrived together. Valid only while the handler it was given to runs. */
export interface DatagramBatch {
  readonly count: number;
  /** The socket that they came to. Of a transport with one for each of this host's addresses, that of the address. */
  readonly socket: DatagramSocket;
  /** The bytes of datagram `i`. The handler may overwrite them: a reflector turns a request into its reply in place. */
  payload(i: number): Uint8Array;
  /**
   * `payload(i)` holds one datagram after the other, each of so many bytes but the last, which may be shorter. More than one
   * only on a socket that was opened to coalesce.
   */
  segmentBytes(i: number): number;
  arrival(i: number): Instant;
  /** Where the arrival was stamped. */
  arrivalSource(i: number): TimestampSource;
  source(i: number): Endpoint;
  /** To which of this host's addresses it came; undefined where the system does not tell, or it went to many hosts. */
  destination(i: number): string | undefined;
  /** TTL or hop limit that it arrived with; undefined where the system does not tell. */
  hopLimit(i: number): number | undefined;
  /** The traffic class octet that it arrived with: DSCP in the upper six bits, ECN in the lower two. Undefined likewise. */
  trafficClass(i: number): number | undefined;
  /** Sends `payload` back to where datagram `i` came from, from the address that it came to, marked with `dscp` where the transport can. */
  reply(i: number, payload: Uint8Array, dscp?: number): void;
}

/** When the kernel passed a datagram on: into this host's own queue, or out of it to the device. */
export type SendMoment = 'queued' | 'sent';

/**
 * Hears what the system learns of a datagram that was sent earlier: an `IcmpError` where it tells which message came from whom,
 * and then `quoted`, how that datagram begins as far as the message has it, valid during the call.
 */
export type EarlierHandler = (error: Error, quoted: Uint8Array | undefined) => void;

/** Hears of a datagram that was not sent. `payload` is valid during the call. */
export type RefusalHandler = (payload: Uint8Array, error: Error) => void;

/**
 * Hears what became of datagrams that were handed over together: the first `sent` of them left, the next `refused` did not and
 * never will, because of `error`; those behind were not tried. Nothing sent and nothing refused: there is no room now.
 */
export type SendOutcome = (sent: number, refused: number, error: Error | undefined) => void;

/** Hears of a datagram's moment. `looped` ends with its payload: before it stand the headers that the kernel had put there. */
export type SendStampHandler = (looped: Uint8Array, moment: SendMoment, at: Instant) => void;

export interface DatagramSocket {
  readonly local: Endpoint;
  /** Where instants of sending are taken, as a rule: each that the kernel took comes by `onStamp`. */
  readonly sendTimestamps: TimestampSource;
  readonly receiveTimestamps: TimestampSource;
  /** Room that the system grants for datagrams not yet read, in bytes; undefined where it does not tell. */
  readonly receiveBufferBytes: number | undefined;
  /** The same for datagrams that are sent. */
  readonly sendBufferBytes: number | undefined;
  /** What the system does for this socket beyond sending and receiving datagrams one by one. */
  readonly offloads: readonly Offload[];
  /** Datagrams handed over that the system has not taken yet. Their bytes must stay as they are. */
  readonly backlog: number;
  /**
   * How many datagrams the system has dropped at this socket since it was opened, because they were not read in time.
   * Undefined where the system does not tell. On a socket that coalesces it is an upper bound: the system counts what it has
   * put together as one.
   */
  dropped(): number | undefined;
  /**
   * The largest packet that, as far as the system knows, gets to the peer in one piece: of its own link, or less where a router
   * has said so. Headers included, in bytes. Undefined where the system does not tell, and on a socket for all comers.
   */
  pathMtuBytes(): number | undefined;
  /** The one consumer of what arrives. */
  onBatch(handler: (batch: DatagramBatch) => void): void;
  /**
   * What the system says of datagrams sent earlier (an ICMP message, as a rule), such as that nobody listens on the port. The
   * socket lives on.
   */
  onError(handler: EarlierHandler): void;
  /**
   * Hears of each datagram given to `send` or `reply` that this host's own system did not send: no route, a firewall, a full
   * queue, too large. It is called once for each: within that call where the system answers at once, else before the event loop
   * turns.
   */
  onRefused(handler: RefusalHandler): void;
  /** Hears when datagrams left, where the socket was opened to stamp them and the kernel does. */
  onStamp(handler: SendStampHandler): void;
  /** Sends to `to`; on a connected socket to its peer. What is not sent is told to `onRefused`. */
  send(payload: Uint8Array, to?: Endpoint): void;
  /**
   * Sends `bytes` cut into datagrams of `length`, one behind the other, until one is refused or there is no room. `onOutcome` is
   * called once: within this call where the system answers at once, else as soon as it has. The bytes must stay as they are until
   * then. A transport that learns of each datagram only later takes one at a time.
   */
  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void;
  close(): void;
}

/** What the system knows of the path of a connection. */
export interface PathState {
  /** Segments sent again since the connection was opened. */
  readonly retransmits: number;
  /** Smoothed round trip. */
  readonly rttNs: number;
  /** What may be under way at once. */
  readonly cwndBytes: number;
  /** The largest segment that is sent, without headers. */
  readonly mssBytes: number;
  /** What the system takes the path's MTU to be. */
  readonly pathMtuBytes: number;
  /** The congestion control in use, by the system's name of it; undefined where it does not tell. */
  readonly congestion: string | undefined;
}

/** Of fewer bytes, copying is cheaper than a system call of its own that throws them away. */
export const MIN_DISCARDED_BYTES = 8 * 1024;

/** Lets the system throw away bytes that nobody looks at, instead of handing them up. */
export interface Discard {
  /** How many of the next bytes nobody looks at. */
  readonly unwanted: number;
  /** How many to hand up at the most, unwanted ones before them included, so that what follows may be thrown away. */
  readonly wanted: number;
  /** So many bytes came and were thrown away. */
  skip(count: number, arrival: Instant): void;
}

export interface StreamSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly granted: Granted;
  /**
   * The one consumer of what arrives. A chunk is valid only during the call. Bytes may be thrown away by `discard` where the
   * transport can; they come all the same where it cannot.
   */
  onData(handler: (chunk: Uint8Array, arrival: Instant) => void, discard?: Discard): void;
  /** Called once, when the connection has ended for whatever reason; at once if it has already. */
  onClose(handler: (error: Error | undefined) => void): void;
  /**
   * Sends `bytes`, which must stay as they are until `done`. That is called once, never within this call: with true
   * when the system has taken them, with false when the connection has ended and it never will.
   */
  write(bytes: Uint8Array, done?: (taken: boolean) => void): void;
  /** Undefined where the system is not asked. */
  pathState(): PathState | undefined;
  /**
   * Has the system ask the peer's once a second whether it is there, and end the connection when that acknowledges nothing for
   * `ms`, where the transport can tell it how long.
   */
  limitSilence(ms: number): void;
  /** For about how long the peer's system has acknowledged nothing, after `limitSilence`; undefined where the own one does not tell. */
  unheardMs(): number | undefined;
  /** Has the system spread what it sends evenly at this rate at most, where it can, and never faster than its settings say. */
  limitRate(bytesPerSecond: number): void;
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
  /** The octet that what is sent is marked with: DSCP in the upper six bits, ECN in the lower two; left out, the system's default. */
  readonly trafficClass?: number | undefined;
  /** Room for what is sent, and for what has come and is not read yet; left out, as much as the system grants up to some MiB. */
  readonly windowBytes?: number | undefined;
  /** The system sends no faster than this, where its queue heeds it. */
  readonly pacingBytesPerSecond?: number | undefined;
  /**
   * What is sent must not be cut into fragments, by this host or on the way. Every datagram that fits the own link is sent, whatever
   * routers have said before: that is what the path is asked.
   */
  readonly dontFragment?: boolean | undefined;
  /** Which moments are to be stamped of every datagram that `send` sends and, while there are few, of every reply. */
  readonly stamps?: readonly SendMoment[] | undefined;
  /** Let the system put datagrams of one sender and size together. */
  readonly coalesce?: boolean | undefined;
}

export interface ConnectOptions {
  readonly bind?: string | undefined;
  readonly timeoutMs: number;
  /** Gives the attempt up, which then rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Set before the connection is opened: the peer hears of windows and segments in the first packet. */
  readonly settings?: StreamSettings | undefined;
}

export interface Listener {
  readonly local: Endpoint;
  /** Accepts no more; connections that are open stay open. */
  close(): void;
}
