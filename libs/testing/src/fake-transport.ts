import { type Endpoint, endpointText, type StreamSocket, type Transport, TransportError } from '@pathgauge/transport';
import { span } from '@pathgauge/units';
import { FakeDatagrams } from './fake-datagrams';
import type { FakeNetwork } from './fake-network';
import { connectedStreams } from './fake-streams';
import type { VirtualClock } from './virtual-clock';
import { VirtualTimer } from './virtual-timer';

/** The transport of one host of a network in memory. */
export function fakeTransport(network: FakeNetwork, address: string, clock: VirtualClock): Transport {
  const { time, sockets, listeners } = network;
  const localEnd = (port = 0): Endpoint => ({ address, port: port === 0 ? network.freePort() : port });

  const bindDatagrams = (port: number | undefined, peer: Endpoint | undefined): FakeDatagrams => {
    const local = localEnd(port);
    if (sockets.has(endpointText(local))) throw inUse(local);
    return new FakeDatagrams(network, clock, local, peer);
  };

  return {
    kind: 'portable',
    note: undefined,
    threads: undefined,
    clock,
    soon: (callback) => void setImmediate(callback),
    timer: () => new VirtualTimer(time, clock),
    coarseTimer: () => new VirtualTimer(time, clock),
    isOwnAddress: (asked) => asked === address,
    async resolve(host) {
      if (network.clockOf(host) === undefined)
        throw new TransportError('ENOTFOUND', `cannot find ${host}: unknown host`);
      return [host];
    },
    connectDatagrams: async (peer, { bind }) => bindDatagrams(bind?.port, peer),
    bindDatagrams: async ({ bind }) => bindDatagrams(bind?.port, undefined),
    connectStream(peer) {
      const local = localEnd();
      const up = network.streamDelay(local, peer);
      const down = network.streamDelay(peer, local);
      return new Promise((resolve, reject) => {
        time.schedule(span(up + down), () => {
          const onConnection = listeners.get(endpointText(peer));
          if (onConnection === undefined) reject(refused(peer));
          else resolve(open(onConnection, local, peer));
        });
      });

      function open(onConnection: Accept, from: Endpoint, to: Endpoint): StreamSocket {
        const [ours, theirs] = connectedStreams(
          time,
          { endpoint: from, clock, delay: up },
          { endpoint: to, clock: network.clockOf(to.address) ?? clock, delay: down },
        );
        onConnection(theirs);
        return ours;
      }
    },
    hasDescriptors: () => true,
    async listen({ port }, onConnection) {
      const local = localEnd(port);
      const key = endpointText(local);
      if (listeners.has(key)) throw inUse(local);
      listeners.set(key, onConnection);
      return { local, close: () => void listeners.delete(key) };
    },
  };
}

type Accept = (stream: StreamSocket) => void;

const inUse = ({ port }: Endpoint): TransportError =>
  new TransportError('EADDRINUSE', `cannot listen on port ${port}: the port is already in use`);

const refused = (peer: Endpoint): TransportError =>
  new TransportError('ECONNREFUSED', `cannot connect to ${endpointText(peer)}: connection refused`);
