import { isIPv6 } from 'node:net';
import { type Endpoint, isAnyAddress } from '../address';
import { isSameAddress } from '../names';
import type { BoundAddress } from '../role';
import type { DatagramOptions } from '../sockets';
import { IPV6_V6ONLY, SOL_IPV6 } from './abi';
import type { LinuxContext } from './linux-context';
import { LinuxDatagrams } from './linux-datagrams';
import { UdpDescriptor } from './udp-descriptor';

/** A socket that talks to `peer` alone. */
export function connectDatagrams(context: LinuxContext, peer: Endpoint, options: DatagramOptions): LinuxDatagrams {
  return UdpDescriptor.open(context, isIPv6(peer.address) ? 6 : 4, `cannot send to ${peer.address}`, (udp) => {
    const { address, port = 0 } = options.bind ?? {};
    udp.apply(options);
    if (address !== undefined || port !== 0) udp.bind(address, port);
    udp.connect(peer);
    return new LinuxDatagrams(context, udp, options, true);
  });
}

/** A socket for all comers, which nobody else can bind the port of. */
export function bindDatagrams(context: LinuxContext, options: DatagramOptions): LinuxDatagrams {
  const { address, port = 0 } = options.bind ?? {};
  const doing = `cannot listen on UDP port ${port}${address === undefined ? '' : ` of ${address}`}`;
  const listenOn = (family: 4 | 6): LinuxDatagrams =>
    UdpDescriptor.open(context, family, doing, (udp) => {
      // :: is all addresses for TCP, IPv4 included: so it is for UDP.
      const onlySix = address !== undefined && address !== '::' && isIPv6(address);
      if (family === 6) udp.require(SOL_IPV6, IPV6_V6ONLY, onlySix ? 1 : 0);
      udp.makeJoinable();
      udp.bind(address, port);
      if (address === undefined || isAnyAddress(address)) udp.reportDestinations();
      udp.apply(options);
      return new LinuxDatagrams(context, udp, options, false);
    });
  return address !== undefined && isIPv6(address) ? listenOn(6) : withEitherFamily(listenOn);
}

/**
 * A socket beside the one that is bound at `bound`: it takes the datagrams over that `peer` sends to `address`, and sends
 * from there. Those of others go on to the older socket, also between the bind and the connect of this one: see
 * `UdpDescriptor.makeJoinable`.
 */
export function besideDatagrams(
  context: LinuxContext,
  bound: BoundAddress,
  address: string,
  peer: Endpoint,
  options: DatagramOptions,
): LinuxDatagrams {
  const open = (from: string): LinuxDatagrams =>
    withEitherFamily((family) =>
      UdpDescriptor.open(context, family, `cannot send to ${peer.address}`, (udp) => {
        if (family === 6) udp.set(SOL_IPV6, IPV6_V6ONLY, 0);
        udp.apply(options);
        udp.bindBeside(bound.id, from, bound.local.port);
        udp.connect(peer);
        return new LinuxDatagrams(context, udp, options, true);
      }),
    );
  const socket = open(bound.local.address);
  if (isSameAddress(socket.local.address, address)) return socket;
  // Of several addresses the system would answer from another one than the peer has chosen. That is worth the datagrams of
  // others that may get lost in the moment in which this socket is the better match for them.
  socket.close();
  const own = open(address);
  own.forgetWaiting();
  return own;
}

/** IPv6 sockets serve IPv4 as well; a host without IPv6 still has IPv4. */
function withEitherFamily(open: (family: 4 | 6) => LinuxDatagrams): LinuxDatagrams {
  try {
    return open(6);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    return open(4);
  }
}
