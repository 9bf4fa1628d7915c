import type { DatagramSocket } from '@pathgauge/transport';

export interface DropCount {
  /** Undefined where the system does not count. */
  readonly hostDropped: number | undefined;
  /** `hostDropped` is an upper bound, not a count. */
  readonly isBound: boolean;
}

/** What this host itself has dropped of a stream of datagrams, because it was not read in time. */
export class HostDrops {
  readonly #socket: Pick<DatagramSocket, 'dropped' | 'offloads'>;
  /** At the same socket, before this stream. */
  readonly #before: number | undefined;

  constructor(socket: Pick<DatagramSocket, 'dropped' | 'offloads'>) {
    this.#socket = socket;
    this.#before = socket.dropped();
  }

  count(): DropCount {
    const now = this.#socket.dropped();
    const hostDropped = now === undefined || this.#before === undefined ? undefined : now - this.#before;
    // The system counts what it has put together as one.
    const isBound = hostDropped !== undefined && hostDropped > 0 && this.#socket.offloads.includes('udp-gro');
    return { hostDropped, isBound };
  }
}
