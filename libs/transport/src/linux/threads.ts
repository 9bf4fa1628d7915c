import { availableParallelism } from 'node:os';
import { endpointText } from '../address';
import { TransportError, transportError } from '../errors';
import { hasDescriptors } from '../portable/descriptors';
import type { PortableStream } from '../portable/portable-streams';
import type { Role, RoleHandle } from '../role';
import type { Transport } from '../transport';
import { placeOf } from './placing';
import { RoleThread } from './role-thread';
import { type Native, systemError } from './system-calls';
import type { ThreadSettings } from './thread-transport';

/** What a thread takes to start: its event loop's, and what its poller waits for. */
const DESCRIPTORS_PER_THREAD = 10;
/** A connection's, and a socket while it takes another one's place. */
const DESCRIPTORS_PER_ROLE = 3;

interface ThreadUse {
  /** Where any role spins, all do, not only those that gain most by it. */
  readonly allSpin?: boolean;
  /** As many threads as there are of these are shared. */
  readonly processors?: number;
}

/** Roles in threads, which share them: see `placeOf`. Their code is in `file`: that calls `runThread`. */
export function linuxRoles(
  native: Native,
  file: string,
  settings: ThreadSettings,
  { allSpin = false, processors = availableParallelism() }: ThreadUse = {},
): Pick<Transport, 'start' | 'handOver' | 'takeBack' | 'makeReady' | 'hasRoomForRole'> {
  const threads: RoleThread[] = [];
  const place = (spins: boolean): RoleThread | undefined => placeOf(threads, spins, processors);
  const open = (spins: boolean, maxIdleMs?: number): RoleThread => {
    const onGone = (): void => void threads.splice(threads.indexOf(thread), 1);
    const thread = new RoleThread(
      native,
      file,
      { ...settings, spinNs: spins ? settings.spinNs : 0 },
      onGone,
      maxIdleMs,
    );
    threads.push(thread);
    return thread;
  };
  /** Beside the thread that answers probes, one for each processor: more would only keep each other waiting. */
  const mayOneMoreSpin = (): boolean => threads.filter((thread) => thread.spins).length <= processors;
  return {
    start<Data, Order, Word>(role: Role<Data, Order, Word>, data: Data): RoleHandle<Order, Word> {
      const isSpinning = settings.spinNs > 0 && (allSpin || (role.spins(data) && mayOneMoreSpin()));
      const thread = place(isSpinning) ?? open(isSpinning);
      return thread.start(role.name, data) as RoleHandle<Order, Word>;
    },
    handOver(stream) {
      const fd = (stream as PortableStream).descriptor();
      if (fd === undefined)
        throw new TransportError('ECONNRESET', `${endpointText(stream.remote)} closed the connection`);
      // A descriptor of its own: this one may be closed and used again any time.
      const own = native.calls.dup(fd);
      if (own < 0) throw transportError('cannot take a connection over', systemError('dup', own));
      return { id: own };
    },
    takeBack: ({ id }) => void native.calls.close(id),
    makeReady(roles, isLasting = false) {
      const spins = allSpin && settings.spinNs > 0;
      const alike = threads.filter((thread) => thread.spins === spins);
      const idle = alike.filter((thread) => thread.roles === 0).length;
      const missing = Math.min(roles - idle, processors - alike.length);
      try {
        for (let i = 0; i < missing; i++) open(spins, isLasting ? Number.POSITIVE_INFINITY : undefined);
      } catch {
        // Whoever starts a role is told.
      }
    },
    hasRoomForRole: () =>
      hasDescriptors(DESCRIPTORS_PER_ROLE + (place(false) === undefined ? DESCRIPTORS_PER_THREAD : 0)),
  };
}
