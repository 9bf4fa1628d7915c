import { transportError } from '../errors';
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from './abi';
import { Memory } from './memory';
import { type Native, systemError } from './system-calls';

/** A descriptor that wakes a thread out of the system call that it waits in. */
export class WakeUp {
  readonly fd: number;
  readonly #native: Native;
  readonly #one: Memory;
  #isClosed = false;

  /** Throws `TransportError`. */
  constructor(native: Native) {
    this.#native = native;
    this.#one = new Memory(native, 8);
    this.#one.setU64(0, 1);
    // The flags of sockets are those of event descriptors.
    this.fd = native.calls.eventfd(0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (this.fd < 0) throw transportError('cannot start a thread', systemError('eventfd', this.fd));
  }

  wake(): void {
    if (!this.#isClosed) this.#native.calls.write(this.fd, this.#one.address, 8);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#native.calls.close(this.fd);
  }
}
