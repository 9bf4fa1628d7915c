import type { Endpoint } from './address';
import type { BoundSocket, HandedStream, Role, RoleHandle, RoleTransport, Surroundings } from './role';
import type { ProcessorTime } from './settings';
import type { ConnectOptions, DatagramOptions, DatagramSocket, Listener, StreamSocket } from './sockets';

/** Sockets, clocks, name look-up and roles of one kind. All failures are `TransportError`s. */
export interface Transport extends Surroundings {
  /** Whether it can set what takes system calls: marks, windows and segments of connections, pacing; and forbid fragments. */
  readonly marks: boolean;
  /** Whether connections of this host can use that congestion control, by the system's name of it. */
  canUseCongestion(name: string): boolean;
  processorTime(): ProcessorTime;
  /** A datagram socket for all comers; without an address on all of them, IPv4 and IPv6. */
  bindDatagrams(options: DatagramOptions): Promise<DatagramSocket>;
  connectStream(peer: Endpoint, options: ConnectOptions): Promise<StreamSocket>;
  /**
   * Accepts connections; without an address on all of them, IPv4 and IPv6. `onBusy` gets those that come while this process may
   * open nothing more: they are to be told so, and closed soon.
   */
  listen(
    options: { readonly address?: string | undefined; readonly port: number },
    onConnection: (stream: StreamSocket) => void,
    onBusy?: (stream: StreamSocket) => void,
  ): Promise<Listener>;
  /** Starts a role. `data` and all messages cross as copies. */
  start<Data, Order, Word>(role: Role<Data, Order, Word>, data: Data): RoleHandle<Order, Word>;
  /** Makes a connection ready for a role. Nothing is read here from then on. Throws when it has ended. */
  handOver(stream: StreamSocket): HandedStream;
  /** Lets go of a connection that no role has taken. */
  takeBack(handed: HandedStream): void;
  /**
   * Has threads begin for so many roles that are about to start, as far as there are processors: to begin takes a thread as long as 50
   * ms. `isLasting`: they stay also when nobody uses them.
   */
  makeReady(roles: number, isLasting?: boolean): void;
  /** Whether this process could open what one role more needs at the most. */
  hasRoomForRole(): boolean;
}

/** One whose roles run in this process, over its own sockets, clock and timers: by what stands in their place, where something does. */
export interface InProcessTransport extends Transport, RoleTransport {
  bindDatagrams(options: DatagramOptions): Promise<BoundSocket>;
}
