import type { DatagramOptions, SendMoment } from '../sockets';
import { SO_RCVBUF, SO_SNDBUF, SO_TIMESTAMPING, SOL_SOCKET, SOL_UDP, STAMP, UDP_GRO, UDP_SEGMENT } from './abi';
import type { StampSupport } from './linux-context';
import type { UdpDescriptor } from './udp-descriptor';

/** What the system does for one UDP socket beyond sending and receiving datagrams one by one. */
export interface DatagramFeatures {
  /** The moments of a send that it stamps. */
  readonly moments: readonly SendMoment[];
  readonly stampsArrivals: boolean;
  /** Whether it puts into the error queue what ICMP says. */
  readonly reportsErrors: boolean;
  /** Whether it puts datagrams together that come. */
  readonly joins: boolean;
  /** Whether it knows how to cut one send into datagrams. */
  readonly cuts: boolean;
  /** Room for datagrams not yet read, in bytes; undefined when it does not say. */
  readonly receiveBufferBytes: number | undefined;
  /** The same for datagrams that are sent. */
  readonly sendBufferBytes: number | undefined;
}

/** Asks the system for all that is of use to a socket. `support`: what it stamps on this host. */
export function askForFeatures(
  udp: UdpDescriptor,
  { coalesce = false, stamps = [] }: DatagramOptions,
  support: StampSupport,
  isConnected: boolean,
): DatagramFeatures {
  const isStamped = udp.set(SOL_SOCKET, SO_TIMESTAMPING, STAMP.software | STAMP.rxSoftware);
  return {
    moments: isStamped && support.send ? stamps : [],
    stampsArrivals: isStamped && support.receive,
    // A socket for all comers has no use for what becomes of single replies.
    reportsErrors: isConnected && udp.reportErrors(),
    joins: coalesce && udp.set(SOL_UDP, UDP_GRO, 1),
    // 0 cuts nothing: whether the system knows the option is what is asked.
    cuts: udp.set(SOL_UDP, UDP_SEGMENT, 0),
    receiveBufferBytes: roomOf(udp, SO_RCVBUF),
    sendBufferBytes: roomOf(udp, SO_SNDBUF),
  };
}

/** The system tells twice what it grants: the other half is for its own bookkeeping. */
function roomOf(udp: UdpDescriptor, name: number): number | undefined {
  const [room] = udp.get(SOL_SOCKET, name, 1) ?? [];
  return room === undefined ? undefined : room / 2;
}
