import type { Endpoint, Family } from './address';
import type { Clock, Timer } from './clock';
import type { StreamSettings } from './settings';
import type { DatagramOptions, DatagramSocket, StreamSocket } from './sockets';

/** Code that runs where packets are: in a thread, or in process where the transport has no threads. It is spoken to by messages alone. */
export interface Role<Data, Order, Word> {
  /** By which the code of a thread finds it. */
  readonly name: string;
  /** Whether it waits awake for what it expects, where that is asked for, as it does for answers. */
  spins(data: Data): boolean;
  run(side: RoleSide<Data, Order, Word>): Promise<void>;
}

/** A role as its own code sees it. */
export interface RoleSide<Data, Order, Word> {
  readonly transport: RoleTransport;
  /** A copy of what it was started with. */
  readonly data: Data;
  /** Sends a word to whoever started the role: at leisure, together with others; at once what is waited for. */
  post(word: Word, isUrgent?: boolean): void;
  /** The one consumer of orders. Those that came before it are kept. */
  onMessage(handler: (order: Order) => void): void;
  /** Deals with packets, timers and messages until `over` is settled. */
  run(over: Promise<unknown>): Promise<void>;
}

/** A role as whoever started it sees it. */
export interface RoleHandle<Order, Word> {
  post(order: Order): void;
  /** The one consumer of words. Set at once, before any comes. */
  onMessage(handler: (word: Word) => void): void;
  /** Resolves when the role is over, behind its last word; rejects with a `TransportError` that says what it failed of. */
  readonly ended: Promise<void>;
}

/** A bound socket, as other roles know it. Plain data. */
export interface BoundAddress {
  /** By which the transport knows it. */
  readonly id: number;
  readonly local: Endpoint;
}

/** A datagram socket for all comers, which others can be opened beside. */
export interface BoundSocket extends DatagramSocket {
  readonly bound: BoundAddress;
}

/** A connection on its way to a role. Plain data. */
export interface HandedStream {
  /** By which the transport knows it. */
  readonly id: number;
}

/** What every place has where packets are dealt with. */
export interface Surroundings {
  readonly kind: 'portable' | 'linux';
  /** Why it is not the transport that would have been better; undefined when it is, or was asked for. */
  readonly note: string | undefined;
  readonly clock: Clock;
  /** Calls back as soon as everything else that has happened was dealt with. */
  soon(callback: () => void): void;
  /** A timer as exact as this transport can make it. */
  timer(): Timer;
  /** A timer that may be late by a millisecond or two, and costs nothing while it waits. */
  coarseTimer(): Timer;
  /** The addresses of a host, in the order to try them. Rejects when there are none. */
  resolve(host: string, family: Family | undefined): Promise<readonly string[]>;
  /** Whether the address is one of this host's own, so that its clock and ours are one. */
  isOwnAddress(address: string): boolean;
  /** The own address that the system would now send to `peer` from; undefined where it knows no way there. Sends nothing. */
  ownAddressTowards(peer: Endpoint): Promise<string | undefined>;
  /** A datagram socket that talks to `peer` alone. */
  connectDatagrams(peer: Endpoint, options: DatagramOptions): Promise<DatagramSocket>;
}

/** The sockets, clock and timers of one role. All failures are `TransportError`s. */
export interface RoleTransport extends Surroundings {
  /** A datagram socket for all comers; without an address on all of them, IPv4 and IPv6. */
  bindDatagrams(options: DatagramOptions): Promise<BoundSocket>;
  /** Takes over a connection that was handed to this role, and sets what is asked for. What came meanwhile is not lost. */
  takeStream(handed: HandedStream, settings?: StreamSettings): StreamSocket;
  /**
   * A socket beside the one that is bound at `bound`, of this role or another: what `peer` sends to `address`, one of that one's,
   * comes here from now on, and what is sent here leaves from there. It is closed before the bound one.
   */
  besideDatagrams(
    bound: BoundAddress,
    address: string,
    peer: Endpoint,
    options: DatagramOptions,
  ): Promise<DatagramSocket>;
}
