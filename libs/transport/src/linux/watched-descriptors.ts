import { POLLERR, POLLIN } from './abi';
import { EpollSet } from './epoll-set';
import { Memory } from './memory';
import { type Owner, type Source, type Watch, wantedEvents } from './source';
import type { Native } from './system-calls';

const POLLFD_BYTES = 8;
/** `ppoll` looks at each descriptor, so those beyond this number stand behind one: see "Many descriptors" in docs/architecture.md. */
const MAX_POLLED = 8;

/** The descriptors that one `ppoll` waits for. Handlers may add and remove any. */
export class WatchedDescriptors {
  readonly #native: Native;
  readonly #polled: Watch[] = [];
  /** Those for which `ppoll` has no place. */
  #others: EpollSet | undefined;
  readonly #fds: Memory;
  readonly #timeout: Memory;

  constructor(native: Native) {
    this.#native = native;
    this.#fds = new Memory(native, POLLFD_BYTES * (MAX_POLLED + 1));
    this.#timeout = new Memory(native, 16);
  }

  add(source: Source, owner: Owner): void {
    const watch: Watch = { source, owner, isOver: false, events: 0 };
    if (this.#polled.length < MAX_POLLED) {
      this.#polled.push(watch);
      return;
    }
    this.#others ??= new EpollSet(this.#native);
    this.#others.add(watch);
  }

  remove(source: Source): void {
    const place = this.#polled.findIndex((watch) => watch.source === source);
    if (place < 0) {
      this.#removeOther(source);
      return;
    }
    const [watch] = this.#polled.splice(place, 1);
    (watch as Watch).isOver = true;
  }

  /** How many descriptors are ready, after `waitNs` at most; below 0: the call has failed. */
  poll(waitNs: number): number {
    const { words } = this.#fds;
    const polled = this.#polled;
    let count = 0;
    for (; count < polled.length; count++) {
      const { source } = polled[count] as Watch;
      words[2 * count] = source.fd;
      words[2 * count + 1] = wantedEvents(source);
    }
    if (this.#others !== undefined) {
      this.#others.update();
      words[2 * count] = this.#others.fd;
      words[2 * count++ + 1] = POLLIN;
    }
    this.#timeout.setU64(0, Math.floor(waitNs / 1e9));
    this.#timeout.setU64(8, Math.floor(waitNs % 1e9));
    return this.#native.calls.ppoll(this.#fds.address, count, this.#timeout.address, 0);
  }

  /** Calls those that `poll` found ready. Whether there was something to read. */
  serve(): boolean {
    const ready: Watch[] = [];
    this.#addReady(ready);
    return serveAll(ready);
  }

  /** Has each read what there may be, but for rare ones; where they are many, those that are ready. */
  readEach(): void {
    // By place: a source may remove itself, or another.
    for (let i = 0; i < this.#polled.length; i++) {
      const watch = this.#polled[i] as Watch;
      if (!watch.source.isRare) call(watch, false);
    }
    if (this.#others === undefined) return;
    const ready: Watch[] = [];
    this.#others.addReady(ready);
    serveAll(ready);
  }

  #removeOther(source: Source): void {
    this.#others?.remove(source);
    if (this.#others?.size !== 0) return;
    this.#others.close();
    this.#others = undefined;
  }

  #addReady(ready: Watch[]): void {
    const { words } = this.#fds;
    const polled = this.#polled;
    for (let i = 0; i < polled.length; i++) {
      const watch = polled[i] as Watch;
      watch.events = eventsAt(words, i);
      if (watch.events !== 0) ready.push(watch);
    }
    if (this.#others !== undefined && eventsAt(words, polled.length) !== 0) this.#others.addReady(ready);
  }
}

/** Calls all that are ready, as they stood: a handler may add and remove some. Whether there was something to read. */
function serveAll(ready: readonly Watch[]): boolean {
  let isReadable = false;
  for (const watch of ready) {
    const { events } = watch;
    isReadable ||= (events & POLLIN) !== 0;
    if (!watch.isOver) call(watch, (events & POLLERR) !== 0);
  }
  return isReadable;
}

function call({ source, owner }: Watch, hasFailed: boolean): void {
  try {
    source.onReady(hasFailed);
  } catch (error) {
    owner.onFailure(error);
  }
}

/** What `ppoll` found at the descriptor in this place. */
const eventsAt = (words: Uint32Array, place: number): number => (words[2 * place + 1] as number) >>> 16;
