import { EAGAIN, EINTR, ENOBUFS, MSG_DONTWAIT, MSG_NOSIGNAL, PENDING_ERRORS, POLLOUT } from './abi';
import type { LinuxContext } from './linux-context';
import { Memory } from './memory';
import type { MessageVector } from './message-vector';

const WAIT_NS = 50e6;
/** So often what waits on the error queue is read while room is waited for. */
const MOST_READS = 4;

/** Hands messages to the system, and bears with what it answers. */
export class Transmission {
  readonly #context: LinuxContext;
  readonly #fd: number;
  readonly #readErrors: () => void;
  readonly #poll: Memory;

  /** `readErrors` empties the error queue: as long as something lies there, there is no waiting for room. */
  constructor(context: LinuxContext, fd: number, readErrors: () => void) {
    this.#context = context;
    this.#fd = fd;
    this.#readErrors = readErrors;
    this.#poll = new Memory(context.native, 32);
  }

  /** Sends message `from` and those behind it, `count` at the most, in one call; how many the system took, or why none. */
  attempt(messages: MessageVector, from: number, count: number): number {
    const { calls } = this.#context.native;
    return calls.sendmmsg(this.#fd, messages.addressFrom(from), count, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  /** Sends `count` messages from `first` on. What cannot be sent is told, with its place, and left out. */
  send(messages: MessageVector, count: number, onFailure: (result: number, message: number) => void, first = 0): void {
    let refused = false;
    let isPatient = true;
    for (let next = first; next < first + count; ) {
      const sent = this.attempt(messages, next, first + count - next);
      if (sent > 0) {
        next += sent;
        refused = false;
      } else if (sent === -EAGAIN) {
        // A device that stands still is not waited for again and again.
        if (isPatient && this.waitForRoom()) continue;
        isPatient = false;
        onFailure(-ENOBUFS, next++);
      } else if (PENDING_ERRORS.includes(-sent) && !refused) {
        // It is an earlier datagram that this is about: this one was not even tried.
        onFailure(sent, -1);
        refused = true;
      } else if (sent !== -EINTR) {
        onFailure(sent, next++);
      }
    }
  }

  /** Waits for a moment until the socket takes something again. */
  waitForRoom(): boolean {
    for (let reads = 0; reads < MOST_READS; reads++) {
      this.#poll.setU32(0, this.#fd);
      this.#poll.setU32(4, POLLOUT);
      this.#poll.setU64(8, 0);
      this.#poll.setU64(16, WAIT_NS);
      if (this.#context.native.calls.ppoll(this.#poll.address, 1, this.#poll.address + 8, 0) <= 0) return false;
      if (((this.#poll.u32(4) >>> 16) & POLLOUT) !== 0) return true;
      this.#readErrors();
    }
    return false;
  }
}
