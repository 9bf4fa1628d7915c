import {
  type DatagramOptions,
  type Endpoint,
  endpointText,
  type InProcessTransport,
  type StreamSocket,
  startInProcess,
  TransportError,
} from '@pathgauge/transport';
import { type Span, span } from '@pathgauge/units';
import { FakeDatagrams } from './fake-datagrams';
import type { FakeHost, FakePath } from './fake-path';
import { connectedStreams, type FakeStream } from './fake-streams';
import { VirtualTimer } from './virtual-timer';

/** A turn of the event loop. Without it, code that polls with `soon` would never see time pass. */
const TURN: Span = span(1_000);

let lastId = 0;

/** The transport of one host of a network in memory. */
export function fakeTransport(network: FakePath<FakeDatagrams>, host: FakeHost): InProcessTransport {
  const { clock } = host;
  const handed = new Map<number, FakeStream>();
  const { time, sockets, listeners, system } = network;
  const [name = ''] = host.addresses;
  const localEnd = (asked?: string, port = 0): Endpoint => {
    const address = asked ?? host.addresses[0];
    if (address === undefined) throw new TransportError('ENETUNREACH', 'cannot send: network unreachable');
    if (!host.addresses.includes(address)) throw notOwn(address);
    return { address, port: port === 0 ? network.freePort() : port };
  };

  const bindDatagrams = (options: DatagramOptions, peer: Endpoint | undefined): FakeDatagrams => {
    const local = localEnd(options.bind?.address, options.bind?.port);
    if (sockets.has(endpointText(local))) throw inUse(local);
    system.open(local, options);
    return new FakeDatagrams(network, clock, local, peer);
  };

  return {
    kind: 'portable',
    note: undefined,
    marks: false,
    canUseCongestion: (asked) => system.congestionControls.includes(asked),
    processorTime: () => system.processorTime(name),
    clock,
    soon: (callback) => void clock.schedule(TURN, callback),
    timer: () => new VirtualTimer(time, clock),
    coarseTimer: () => new VirtualTimer(time, clock),
    isOwnAddress: (asked) => host.addresses.includes(asked),
    ownAddressTowards: async () => host.addresses[0],
    async resolve(name) {
      const addresses = network.names.get(name) ?? (network.clockOf(name) === undefined ? [] : [name]);
      if (addresses.length === 0) throw new TransportError('ENOTFOUND', `cannot find ${name}: unknown host`);
      return addresses;
    },
    connectDatagrams: async (peer, options) => bindDatagrams(options, peer),
    bindDatagrams: async (options) => bindDatagrams(options, undefined),
    connectStream(peer, { settings }) {
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
          { endpoint: from, clock, delay: up, system },
          { endpoint: to, clock: network.clockOf(to.address) ?? clock, delay: down, system },
        );
        system.set(from, settings);
        onConnection(theirs);
        return ours;
      }
    },
    makeReady: () => {},
    hasRoomForRole: () => true,
    start(role, data) {
      return startInProcess(role, data, this, (deliver) => void clock.schedule(network.crossing, deliver));
    },
    handOver(stream) {
      if ((stream as FakeStream).isClosed)
        throw new TransportError('ECONNRESET', `${endpointText(stream.remote)} closed the connection`);
      (stream as FakeStream).pause();
      const id = ++lastId;
      handed.set(id, stream as FakeStream);
      return { id };
    },
    takeBack: ({ id }) => void handed.delete(id),
    takeStream({ id }, settings) {
      const stream = handed.get(id);
      if (stream === undefined) throw new TransportError('EBADF', 'the connection was taken already');
      handed.delete(id);
      system.set(stream.local, settings);
      return stream;
    },
    async besideDatagrams({ local }, address, peer, options) {
      const socket = sockets.get(endpointText({ address, port: local.port })) ?? sockets.get(endpointText(local));
      if (socket === undefined) throw new TransportError('EBADF', 'the bound socket was closed');
      system.open(socket.local, options);
      return socket.beside(peer);
    },
    async listen({ address, port }, onConnection) {
      const local = localEnd(address, port);
      const key = endpointText(local);
      if (listeners.has(key)) throw inUse(local);
      listeners.set(key, onConnection);
      return { local, close: () => void listeners.delete(key) };
    },
  };
}

type Accept = (stream: StreamSocket) => void;

const notOwn = (address: string): TransportError =>
  new TransportError('EADDRNOTAVAIL', `cannot use ${address}: the address is not one of this host`);

const inUse = ({ port }: Endpoint): TransportError =>
  new TransportError('EADDRINUSE', `cannot listen on port ${port}: the port is already in use`);

const refused = (peer: Endpoint): TransportError =>
  new TransportError('ECONNREFUSED', `cannot connect to ${endpointText(peer)}: connection refused`);
