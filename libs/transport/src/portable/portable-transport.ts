import { NS_PER_US } from '@pathgauge/units';
import { isAnyAddress } from '../address';
import type { Clock } from '../clock';
import { startInProcess } from '../in-process-role';
import { canonicalAddress, canonicalEndpoint, canonicalOptions, isOwnAddress, resolve } from '../names';
import type { ProcessorTime } from '../settings';
import type { InProcessTransport } from '../transport';
import { AllAddresses } from './all-addresses';
import { BoundSockets } from './bound-sockets';
import { connectPortableStream } from './connect-stream';
import { hasDescriptors } from './descriptors';
import { HandedStreams } from './handed-streams';
import { ownAddressTowards } from './own-address';
import { PortableClock } from './portable-clock';
import { PortableDatagrams } from './portable-datagrams';
import { type ConnectionCalls, listenPortable, type PortableStream } from './portable-streams';
import { PortableCoarseTimer, PortableTimer } from './portable-timer';
import { Reading } from './reading';
import { refuseBeside, refuseMarks, refuseSettings } from './refused-settings';
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
      refuseBeside(options, note);
      return bound.beside(at, address, peer);
    },
    takeStream: (each, settings = {}) => {
      refuseSettings(settings, note);
      return handed.take(each, settings);
    },
    marks: false,
    canUseCongestion: (name) => calls?.canUseCongestion(name) ?? false,
    processorTime,
    start(role, data) {
      return startInProcess(role, data, this, (deliver) => void setImmediate(deliver));
    },
    handOver: (stream) => handed.add(stream as PortableStream),
    takeBack: (each) => handed.forget(each),
    connectStream: async (peer, options) => {
      if (calls === undefined) refuseSettings(options.settings ?? {}, note);
      const bind = options.bind === undefined ? undefined : canonicalAddress(options.bind);
      return connectPortableStream(canonicalEndpoint(peer), { ...options, bind }, clock, calls);
    },
    listen: async ({ address, port }, onConnection, onBusy) => {
      const own = address === undefined ? undefined : canonicalAddress(address);
      return listenPortable({ address: own, port }, onConnection, clock, calls, onBusy);
    },
    // Roles run here.
    makeReady: () => {},
    hasRoomForRole: () => hasDescriptors(DESCRIPTORS_PER_ROLE),
  };
}

/** Node counts microseconds. */
function processorTime(): ProcessorTime {
  const { user, system } = process.cpuUsage();
  return { userNs: user * NS_PER_US, systemNs: system * NS_PER_US };
}
