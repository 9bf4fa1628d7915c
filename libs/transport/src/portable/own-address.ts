import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Endpoint, unmapped } from '../address';

/** The own address that the system would send to `peer` from; undefined where it knows no way there. Sends nothing. */
export function ownAddressTowards({ address, port }: Endpoint): Promise<string | undefined> {
  const six = isIPv6(address);
  const socket = createSocket({
    type: six ? 'udp6' : 'udp4',
    lookup: (name, _options, callback) => callback(null, name, six ? 6 : 4),
  });
  return new Promise((resolve) => {
    const end = (own: string | undefined): void => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      socket.close();
      resolve(own);
    };
    socket.once('error', () => end(undefined));
    socket.connect(port, address, ((error?: Error) =>
      end(error ? undefined : unmapped(socket.address().address))) as () => void);
  });
}
