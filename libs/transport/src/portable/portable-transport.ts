import { isAnyAddress } from '../address';
import type { Clock } from '../clock';
import { NeedsLinuxError } from '../errors';
import { canonicalAddress, canonicalEndpoint, canonicalOptions, isOwnAddress, resolve } from '../names';
import type { Transport } from '../transport';
import { AllAddresses } from './all-addresses';
import { hasDescriptors } from './descriptors';
import { ownAddressTowards } from './own-address';
import { PortableClock } from './portable-clock';
import { PortableDatagrams } from './portable-datagrams';
import { type ConnectionCalls, connectPortableStream, listenPortable } from './portable-streams';
import { PortableCoarseTimer, PortableTimer } from './portable-timer';
import { Reading } from './reading';
import { warmUp } from './warm-up';

/**
 * The transport that runs wherever Node does: node:net, node:dgram, timestamps taken in the event loop. `note`: why it is used
 * instead of a better one; `calls`: what is asked of the system about connections, past Node.
 */
export function portableTransport(
  note?: string,
  clock: Clock = new PortableClock(),
  calls?: ConnectionCalls,
): Transport {
  const reading = new Reading();
  let warm: Promise<void> | undefined;
  const warmed = (): Promise<void> => {
    warm ??= warmUp(clock);
    return warm;
  };
  return {
    kind: 'portable',
    note,
    threads: undefined,
    clock,
    soon: (callback) => void setImmediate(callback),
    timer: () => new PortableTimer(clock, reading),
    coarseTimer: () => new PortableCoarseTimer(clock, reading),
    resolve,
    isOwnAddress,
    ownAddressTowards,
    connectDatagrams: async (peer, options) => {
      if (options.dscp !== undefined) throw new NeedsLinuxError('dscp', note);
      if (options.dontFragment) throw new NeedsLinuxError('dontFragment', note);
      await warmed();
      return PortableDatagrams.connect(canonicalEndpoint(peer), canonicalOptions(options), clock, reading);
    },
    bindDatagrams: async (options) => {
      await warmed();
      const { address = '::', port = 0 } = canonicalOptions(options).bind ?? {};
      const own = { address, port };
      return isAnyAddress(address)
        ? AllAddresses.bind(own, clock, reading)
        : PortableDatagrams.bind(own, clock, reading);
    },
    connectStream: async (peer, options) => {
      const bind = options.bind === undefined ? undefined : canonicalAddress(options.bind);
      return connectPortableStream(canonicalEndpoint(peer), { ...options, bind }, clock, calls);
    },
    listen: async ({ address, port }, onConnection, onBusy) => {
      const own = address === undefined ? undefined : canonicalAddress(address);
      return listenPortable({ address: own, port }, onConnection, clock, calls, onBusy);
    },
    hasDescriptors,
  };
}
