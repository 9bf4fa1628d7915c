import { isAnyAddress } from '../address';
import type { Clock } from '../clock';
import { NeedsLinuxError } from '../errors';
import { startInProcess } from '../in-process-role';
import { canonicalAddress, canonicalEndpoint, canonicalOptions, isOwnAddress, resolve } from '../names';
import type { DatagramOptions } from '../sockets';
import type { InProcessTransport } from '../transport';
import { AllAddresses } from './all-addresses';
import { BoundSockets } from './bound-sockets';
import { hasDescriptors } from './descriptors';
import { HandedStreams } from './handed-streams';
import { ownAddressTowards } from './own-address';
import { PortableClock } from './portable-clock';
import { PortableDatagrams } from './portable-datagrams';
import { type ConnectionCalls, connectPortableStream, listenPortable, type PortableStream } from './portable-streams';
import { PortableCoarseTimer, PortableTimer } from './portable-timer';
import { Reading } from './reading';
import { warmUp } from './warm-up';

/** What a role opens at the most: its own socket, beside a connection that there is already. */
const DESCRIPTORS_PER_ROLE = 2;

/**
 * The transport that runs wherever Node does: node:net, node:dgram, timestamps taken in the event loop. `note`: why it is used
 * instead of a better one; `calls`: what is asked of the system about connections, past Node.
 */
export function portableTransport(
  note?: string,
  clock: Clock = new PortableClock(),
  calls?: ConnectionCalls,
): InProcessTransport {
  const reading = new Reading();
  let warm: Promise<void> | undefined;
  const warmed = (): Promise<void> => {
    warm ??= warmUp(clock);
    return warm;
  };
  const bound = new BoundSockets();
  const handed = new HandedStreams();
  return {
    kind: 'portable',
    note,
    clock,
    soon: (callback) => void setImmediate(callback),
    timer: () => new PortableTimer(clock, reading),
    coarseTimer: () => new PortableCoarseTimer(clock, reading),
    resolve,
    isOwnAddress,
    ownAddressTowards,
    connectDatagrams: async (peer, options) => {
      refuseMarks(options, note);
      await warmed();
      return PortableDatagrams.connect(canonicalEndpoint(peer), canonicalOptions(options), clock, reading);
    },
    bindDatagrams: async (options) => {
      await warmed();
      const { address = '::', port = 0 } = canonicalOptions(options).bind ?? {};
      const own = { address, port };
      return bound.add(
        await (isAnyAddress(address)
          ? AllAddresses.bind(own, clock, reading)
          : PortableDatagrams.bind(own, clock, reading)),
      );
    },
    besideDatagrams: async (at, address, peer, options) => {
      refuseMarks(options, note);
      return bound.beside(at, address, peer);
    },
    takeStream: (each, dscp) => {
      refuseMarks({ dscp }, note);
      return handed.take(each);
    },
    marks: false,
    start(role, data) {
      return startInProcess(role, data, this, (deliver) => void setImmediate(deliver));
    },
    handOver: (stream) => handed.add(stream as PortableStream),
    takeBack: (each) => handed.forget(each),
    connectStream: async (peer, options) => {
      const bind = options.bind === undefined ? undefined : canonicalAddress(options.bind);
      return connectPortableStream(canonicalEndpoint(peer), { ...options, bind }, clock, calls);
    },
    listen: async ({ address, port }, onConnection, onBusy) => {
      const own = address === undefined ? undefined : canonicalAddress(address);
      return listenPortable({ address: own, port }, onConnection, clock, calls, onBusy);
    },
    hasRoomForRole: () => hasDescriptors(DESCRIPTORS_PER_ROLE),
  };
}

/** Node makes no system calls of its own. */
function refuseMarks({ dscp, dontFragment }: DatagramOptions, note: string | undefined): void {
  if (dscp !== undefined) throw new NeedsLinuxError('dscp', note);
  if (dontFragment) throw new NeedsLinuxError('dontFragment', note);
}
