import type { Clock } from '../clock';
import { cannotMark } from '../errors';
import { isOwnAddress, resolve } from '../names';
import type { Transport } from '../transport';
import { hasDescriptors } from './descriptors';
import { PortableClock } from './portable-clock';
import { PortableDatagrams } from './portable-datagrams';
import { connectPortableStream, listenPortable } from './portable-streams';
import { PortableCoarseTimer, PortableTimer } from './portable-timer';
import { Reading } from './reading';
import { warmUp } from './warm-up';

/**
 * The transport that runs wherever Node does: node:net, node:dgram, timestamps taken in the event loop. `note`: why it is used
 * instead of a better one.
 */
export function portableTransport(note?: string, clock: Clock = new PortableClock()): Transport {
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
    connectDatagrams: async (peer, options) => {
      if (options.dscp !== undefined) throw cannotMark(note);
      await warmed();
      return PortableDatagrams.connect(peer, options, clock, reading);
    },
    bindDatagrams: async (options) => {
      await warmed();
      return PortableDatagrams.bind(options, clock, reading);
    },
    connectStream: (peer, options) => connectPortableStream(peer, options, clock),
    listen: (options, onConnection, onBusy) => listenPortable(options, onConnection, clock, onBusy),
    hasDescriptors,
  };
}
