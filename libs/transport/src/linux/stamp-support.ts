import { milliseconds } from '@pathgauge/units';
import { codeOf, TransportError } from '../errors';
import { LinuxClock } from './linux-clock';
import type { StampSupport } from './linux-context';
import { bindDatagrams } from './open-datagrams';
import { Poller } from './poller';
import { SharedMemory } from './shared-memory';
import type { Native } from './system-calls';

// The kernel begins to stamp arrivals a few milliseconds after the first socket of the host has asked for it.
const PATIENCE_NS = milliseconds(50);
const PAUSE_NS = milliseconds(1);

/**
 * What the kernel stamps here: a socket sends datagrams to itself until one is stamped on both ways, or it is clear that none
 * will be. It also shows that all the calls are permitted. Throws `TransportError` when they are not. Takes 50 ms at most.
 */
export function probeStamps(native: Native): StampSupport {
  const clock = new LinuxClock(native);
  const poller = new Poller(native, clock, 0);
  const memory = new SharedMemory(native, clock);
  const context = { native, clock, poller, memory, stamps: { send: true, receive: true } };
  const socket = bindDatagrams(context, { bind: { address: '127.0.0.1' }, stamps: ['sent'] });
  let send = false;
  let receive = false;
  let failure: Error | undefined;
  socket.onStamp(() => {
    send = true;
  });
  socket.onError((error) => {
    failure = error;
  });
  socket.onRefused((_, error) => {
    failure = error;
  });
  let arrived = 0;
  socket.onBatch((batch) => {
    arrived += batch.count;
    for (let i = 0; i < batch.count; i++) receive ||= batch.arrivalSource(i) === 'kernel';
  });
  const begin = clock.now();
  try {
    const payload = new Uint8Array(64);
    do {
      socket.send(payload, socket.local);
      poller.turn(PAUSE_NS);
    } while (!(send && receive) && failure === undefined && clock.now() - begin < PATIENCE_NS);
    if (failure !== undefined) {
      throw new TransportError(
        codeOf(failure) ?? 'UNKNOWN',
        `a system call of the linux transport fails: ${failure.message}`,
      );
    }
    if (arrived === 0) throw new TransportError('ETIMEDOUT', 'no datagram comes back over loopback');
    return { send, receive };
  } finally {
    socket.close();
  }
}
