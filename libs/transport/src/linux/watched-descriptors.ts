import { POLLERR, POLLIN, POLLOUT } from './abi';
import { Memory } from './memory';
import type { Native } from './system-calls';

const POLLFD_BYTES = 8;
const FIRST_ROOM = 8;

/** A descriptor that a poller watches. */
export interface Source {
  readonly fd: number;
  /** Whether it has something to send that the system has not taken. */
  readonly wantsWrite: boolean;
  /** While the thread spins, this source is only looked at now and then. */
  readonly isRare: boolean;
  /** There may be something to read, or room to write; with `hasFailed`, something is to be learnt of what was sent. */
  onReady(hasFailed: boolean): void;
}

interface Watch {
  readonly source: Source;
  isOver: boolean;
  events: number;
}

/** The descriptors that one `ppoll` waits for. Handlers may add and remove any. */
export class WatchedDescriptors {
  readonly #native: Native;
  readonly #watches: Watch[] = [];
  readonly #timeout: Memory;
  /** What `ppoll` reads and writes: grows with the number of descriptors. */
  #fds: Memory;

  constructor(native: Native) {
    this.#native = native;
    this.#timeout = new Memory(native, 16);
    this.#fds = new Memory(native, POLLFD_BYTES * FIRST_ROOM);
  }

  add(source: Source): void {
    this.#watches.push({ source, isOver: false, events: 0 });
    const needed = POLLFD_BYTES * this.#watches.length;
    if (needed > this.#fds.bytes.length) this.#fds = new Memory(this.#native, 2 * needed);
  }

  remove(source: Source): void {
    const place = this.#watches.findIndex((watch) => watch.source === source);
    if (place < 0) return;
    const [watch] = this.#watches.splice(place, 1);
    (watch as Watch).isOver = true;
  }

  /** How many descriptors are ready, after `waitNs` at most; below 0: the call has failed. */
  poll(waitNs: number): number {
    const { words } = this.#fds;
    const watches = this.#watches;
    for (let i = 0; i < watches.length; i++) {
      const { source } = watches[i] as Watch;
      words[2 * i] = source.fd;
      words[2 * i + 1] = source.wantsWrite ? POLLIN | POLLOUT : POLLIN;
    }
    this.#timeout.setU64(0, Math.floor(waitNs / 1e9));
    this.#timeout.setU64(8, Math.floor(waitNs % 1e9));
    return this.#native.calls.ppoll(this.#fds.address, watches.length, this.#timeout.address, 0);
  }

  /** Calls those that `poll` found ready. Whether there was something to read. */
  serve(): boolean {
    // A handler may add and remove some: those seen ready are served as they stood.
    const ready = this.#takeReady();
    let isReadable = false;
    for (const watch of ready) {
      const { events } = watch;
      isReadable ||= (events & POLLIN) !== 0;
      if (!watch.isOver) watch.source.onReady((events & POLLERR) !== 0);
    }
    return isReadable;
  }

  /** Has each read what there may be, but for rare ones. */
  readEach(): void {
    // By place: a source may remove itself, or another.
    for (let i = 0; i < this.#watches.length; i++) {
      const { source } = this.#watches[i] as Watch;
      if (!source.isRare) source.onReady(false);
    }
  }

  #takeReady(): readonly Watch[] {
    const { words } = this.#fds;
    const ready: Watch[] = [];
    for (let i = 0; i < this.#watches.length; i++) {
      const watch = this.#watches[i] as Watch;
      watch.events = (words[2 * i + 1] as number) >>> 16;
      if (watch.events !== 0) ready.push(watch);
    }
    return ready;
  }
}
