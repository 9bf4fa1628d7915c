import type { LinuxClock } from './linux-clock';
import type { SocketPoller } from './role-poller';
import type { SharedMemory } from './shared-memory';
import type { Native } from './system-calls';

/** What the kernel stamps on this host. */
export interface StampSupport {
  readonly send: boolean;
  readonly receive: boolean;
}

/** What the sockets of one thread share. */
export interface LinuxContext {
  readonly native: Native;
  readonly clock: LinuxClock;
  readonly poller: SocketPoller;
  readonly memory: SharedMemory;
  readonly stamps: StampSupport;
}
