import { LinuxConnectionCalls } from './linux/connection-calls';
import { LinuxClock } from './linux/linux-clock';
import { probeStamps } from './linux/stamp-support';
import { loadNative } from './linux/system-calls';
import { type ThreadTransport, threadTransport } from './linux/thread-transport';
import { linuxRoles } from './linux/threads';
import { WakeUp } from './linux/wake-up';
import { portableTransport } from './portable/portable-transport';
import type { Transport } from './transport';

/** Which transport is wanted; `auto`: the best that works here. */
export type TransportChoice = 'auto' | 'portable' | 'linux';

export interface OpenOptions {
  readonly choice: TransportChoice;
  /** The code of the threads: a file that calls `runThread`. */
  readonly threadFile: string;
  readonly spin: Spin;
}

/**
 * Whether a thread that expects something looks again at once instead of being woken by the system, which takes tens of
 * microseconds: `never`; `brief`, while packets follow each other closely, and only where probes are answered; or `busy`, for a
 * millisecond at a time.
 */
export type Spin = keyof typeof SPIN_NS;

const SPIN_NS = { never: 0, brief: 50e3, busy: 1e6 } as const;

/**
 * Opens a transport. With `auto` that is `linux` where it works, else `portable` with a note that says why. Throws
 * `TransportError` when the one that was asked for does not work here.
 */
export function openTransport({ choice, threadFile, spin }: OpenOptions): Transport {
  if (choice === 'portable') return portableTransport();
  try {
    return linuxTransport(threadFile, spin);
  } catch (error) {
    if (choice === 'linux') throw error;
    const off = spin === 'busy' ? '; no busy polling' : '';
    return portableTransport(`${(error as Error).message}${off}`);
  }
}

/**
 * The sockets of a thread, in this one: they work whenever the caller turns the poller. Throws `TransportError` where the linux
 * transport does not work.
 */
export function turnedTransport(): ThreadTransport {
  const native = loadNative();
  const { originSeconds } = new LinuxClock(native);
  return threadTransport(native, { originSeconds, stamps: probeStamps(native), spinNs: SPIN_NS.never });
}

/** Names, connections and everything that is not in a hurry go over Node; packets are dealt with in threads. */
function linuxTransport(threadFile: string, spin: Spin): Transport {
  const native = loadNative();
  const stamps = probeStamps(native);
  // Tried here, where there is still another way.
  new WakeUp(native).close();
  const clock = new LinuxClock(native);
  const settings = { originSeconds: clock.originSeconds, stamps, spinNs: SPIN_NS[spin] };
  return {
    ...portableTransport(undefined, clock, new LinuxConnectionCalls(native)),
    kind: 'linux',
    marks: true,
    ...linuxRoles(native, threadFile, settings, { allSpin: spin === 'busy' }),
  };
}
