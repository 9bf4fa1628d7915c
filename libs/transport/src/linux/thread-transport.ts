import { canonicalEndpoint, canonicalOptions, isOwnAddress, resolve } from '../names';
import type { RoleTransport } from '../role';
import { LinuxClock } from './linux-clock';
import type { LinuxContext, StampSupport } from './linux-context';
import { LinuxStream } from './linux-stream';
import { besideDatagrams, bindDatagrams, connectDatagrams } from './open-datagrams';
import { ownAddressTowards } from './own-address';
import { Poller } from './poller';
import type { SocketPoller } from './role-poller';
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
export interface ThreadTransport extends RoleTransport {
  readonly kind: 'linux';
  readonly clock: LinuxClock;
  readonly poller: Poller;
  /** The same for one of its roles. */
  of(poller: SocketPoller): RoleTransport;
}

export function threadTransport(native: Native, settings: ThreadSettings): ThreadTransport {
  const clock = new LinuxClock(native, settings.originSeconds);
  const poller = new Poller(native, clock, settings.spinNs);
  const memory = new SharedMemory(native, clock);
  const context: LinuxContext = { native, clock, poller, memory, stamps: settings.stamps };
  return { ...transportOver(context), clock, poller, of: (own) => transportOver({ ...context, poller: own }) };
}

function transportOver(context: LinuxContext): RoleTransport & { readonly kind: 'linux' } {
  const { poller } = context;
  return {
    kind: 'linux',
    note: undefined,
    clock: context.clock,
    soon: (callback) => poller.soon(callback),
    timer: () => poller.timer(true),
    coarseTimer: () => poller.timer(false),
    resolve,
    isOwnAddress,
    ownAddressTowards: async (peer) => ownAddressTowards(context, peer),
    connectDatagrams: async (peer, options) =>
      connectDatagrams(context, canonicalEndpoint(peer), canonicalOptions(options)),
    bindDatagrams: async (options) => bindDatagrams(context, canonicalOptions(options)),
    besideDatagrams: async (bound, address, peer, options) => besideDatagrams(context, bound, address, peer, options),
    takeStream: ({ id }, settings) => new LinuxStream(context, id, settings),
  };
}
