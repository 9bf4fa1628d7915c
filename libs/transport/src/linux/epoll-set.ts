import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLL_EVENT } from './abi';
import { Memory } from './memory';
import { type Source, type Watch, wantedEvents } from './source';
import { callError, type Native } from './system-calls';

/** So many are served in one turn; others that are ready come in the next. */
const MAX_READY = 64;

/** A source, and what the system was asked to watch for. */
interface Entry {
  readonly watch: Watch;
  readonly fd: number;
  wanted: number;
}

/** Descriptors behind one that is readable while any of them is ready. To look at that one takes no longer the more there are. */
export class EpollSet {
  readonly fd: number;
  readonly #native: Native;
  readonly #entries = new Map<number, Entry>();
  readonly #event: Memory;
  readonly #ready: Memory;

  constructor(native: Native) {
    this.#native = native;
    this.#event = new Memory(native, EPOLL_EVENT.bytes);
    this.#ready = new Memory(native, EPOLL_EVENT.bytes * MAX_READY);
    this.fd = check('epoll_create1', native.calls.epoll_create1(EPOLL_CLOEXEC));
  }

  get size(): number {
    return this.#entries.size;
  }

  add(watch: Watch): void {
    const { fd } = watch.source;
    const entry: Entry = { watch, fd, wanted: wantedEvents(watch.source) };
    check('epoll_ctl', this.#control(EPOLL_CTL_ADD, entry));
    this.#entries.set(fd, entry);
  }

  remove({ fd }: Source): void {
    const entry = this.#entries.get(fd);
    if (entry === undefined) return;
    this.#entries.delete(fd);
    entry.watch.isOver = true;
    // The connection may have another descriptor: closing this one would not end the watch.
    this.#control(EPOLL_CTL_DEL, entry);
  }

  /** Asks the system to watch for room to write where it is wanted now, and no longer where it is not. */
  update(): void {
    for (const entry of this.#entries.values()) {
      const wanted = wantedEvents(entry.watch.source);
      if (wanted === entry.wanted) continue;
      entry.wanted = wanted;
      this.#control(EPOLL_CTL_MOD, entry);
    }
  }

  /** Adds those that are ready to `ready`. */
  addReady(ready: Watch[]): void {
    const count = this.#native.calls.epoll_wait(this.fd, this.#ready.address, MAX_READY, 0);
    for (let i = 0; i < count; i++) {
      const at = i * EPOLL_EVENT.bytes;
      const watch = this.#entries.get(this.#ready.u32(at + EPOLL_EVENT.data))?.watch;
      if (watch === undefined) continue;
      watch.events = this.#ready.u32(at);
      ready.push(watch);
    }
  }

  close(): void {
    this.#native.calls.close(this.fd);
  }

  #control(operation: number, { fd, wanted }: Entry): number {
    // The bits of epoll are those of poll.
    this.#event.setU32(0, wanted);
    this.#event.setU32(EPOLL_EVENT.data, fd);
    return this.#native.calls.epoll_ctl(this.fd, operation, fd, this.#event.address);
  }
}

function check(call: string, result: number): number {
  if (result < 0) throw callError(call, result);
  return result;
}
