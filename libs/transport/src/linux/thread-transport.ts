import type { Endpoint } from '../address';
import { canonicalEndpoint, canonicalOptions, isOwnAddress, resolve } from '../names';
import type { DatagramOptions, Transport } from '../transport';
import { LinuxClock } from './linux-clock';
import type { LinuxContext, StampSupport } from './linux-context';
import type { LinuxDatagrams } from './linux-datagrams';
import { LinuxStream } from './linux-stream';
import { type BoundDescriptor, bindDatagrams, connectDatagrams, takeOverDatagrams } from './open-datagrams';
import { ownAddressTowards } from './own-address';
import { Poller } from './poller';
import { SharedMemory } from './shared-memory';
import type { Native } from './system-calls';

/** What the threads of one process must agree on. */
export interface ThreadSettings {
  /** Where instants count from. */
  readonly originSeconds: number;
  readonly stamps: StampSupport;
  /** For how long a thread looks again at once instead of being woken: see `Poller`. */
  readonly spinNs: number;
}

/** The sockets, clock and timers of one thread, which work while its poller is turned. */
export interface ThreadTransport
  extends Pick<Transport, 'clock' | 'soon' | 'timer' | 'coarseTimer' | 'resolve' | 'isOwnAddress'> {
  readonly kind: 'linux';
  readonly note: undefined;
  readonly clock: LinuxClock;
  readonly poller: Poller;
  /** As in `Transport`, but at once. */
  ownAddressTowards(peer: Endpoint): string | undefined;
  connectDatagrams(peer: Endpoint, options: DatagramOptions): LinuxDatagrams;
  /** A socket beside that at `beside`: what `peer` sends to `address` comes here from now on. */
  takeOverDatagrams(beside: BoundDescriptor, address: string, peer: Endpoint, options: DatagramOptions): LinuxDatagrams;
  bindDatagrams(options: DatagramOptions): LinuxDatagrams;
  /** Takes over a connection by a descriptor that is this thread's own from now on, and marks it. */
  takeOverStream(fd: number, dscp?: number): LinuxStream;
}

export function threadTransport(native: Native, settings: ThreadSettings): ThreadTransport {
  const clock = new LinuxClock(native, settings.originSeconds);
  const poller = new Poller(native, clock, settings.spinNs);
  const memory = new SharedMemory(native, clock);
  const context: LinuxContext = { native, clock, poller, memory, stamps: settings.stamps };
  return {
    kind: 'linux',
    note: undefined,
    clock,
    poller,
    soon: (callback) => poller.soon(callback),
    timer: () => poller.timer(true),
    coarseTimer: () => poller.timer(false),
    resolve,
    isOwnAddress,
    ownAddressTowards: (peer) => ownAddressTowards(context, peer),
    connectDatagrams: (peer, options) => connectDatagrams(context, canonicalEndpoint(peer), canonicalOptions(options)),
    takeOverDatagrams: (beside, address, peer, options) => takeOverDatagrams(context, beside, address, peer, options),
    bindDatagrams: (options) => bindDatagrams(context, canonicalOptions(options)),
    takeOverStream: (fd, dscp) => new LinuxStream(context, fd, dscp),
  };
}
