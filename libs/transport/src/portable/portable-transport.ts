import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Family } from '../address';
import { TransportError, transportError } from '../errors';
import type { Transport } from '../transport';
import { PortableClock } from './portable-clock';
import { PortableDatagrams } from './portable-datagrams';
import { connectPortableStream, listenPortable } from './portable-streams';
import { PortableTimer } from './portable-timer';
import { warmUp } from './warm-up';

/** The transport that runs wherever Node does: node:net, node:dgram, timestamps taken in the event loop. */
export function portableTransport(): Transport {
  const clock = new PortableClock();
  let warm: Promise<void> | undefined;
  const warmed = (): Promise<void> => {
    warm ??= warmUp(clock);
    return warm;
  };
  return {
    kind: 'portable',
    clock,
    timer: () => new PortableTimer(clock),
    resolve,
    isOwnAddress,
    connectDatagrams: async (peer, options) => {
      await warmed();
      return PortableDatagrams.connect(peer, options, clock);
    },
    bindDatagrams: async (options) => {
      await warmed();
      return PortableDatagrams.bind(options, clock);
    },
    connectStream: (peer, options) => connectPortableStream(peer, options, clock),
    listen: (options, onConnection) => listenPortable(options, onConnection, clock),
  };
}

async function resolve(host: string, family: Family | undefined): Promise<readonly string[]> {
  const written = isIP(host);
  if (written !== 0) {
    if (family !== undefined && family !== written) {
      throw new TransportError('EAFNOSUPPORT', `${host} is not an IPv${family} address`);
    }
    return [host];
  }
  try {
    const found = await lookup(host, { all: true, verbatim: true, family: family ?? 0 });
    return found.map(({ address }) => address);
  } catch (error) {
    throw transportError(`cannot find ${host}`, error);
  }
}

function isOwnAddress(address: string): boolean {
  const [plain] = address.split('%');
  if (plain?.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === plain));
}
