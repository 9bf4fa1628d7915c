import { isIPv6 } from 'node:net';
import type { Endpoint } from '../address';
import type { LinuxContext } from './linux-context';
import { UdpDescriptor } from './udp-descriptor';

/** The own address that the system would send to `peer` from; undefined where it knows no way there. Sends nothing. */
export function ownAddressTowards(context: LinuxContext, peer: Endpoint): string | undefined {
  try {
    return UdpDescriptor.open(context, isIPv6(peer.address) ? 6 : 4, `no way to ${peer.address}`, (udp) => {
      udp.connect(peer);
      const { address } = udp.local();
      udp.close();
      return address;
    });
  } catch {
    return undefined;
  }
}
