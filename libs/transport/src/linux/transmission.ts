import { EAGAIN, EINTR, ENOBUFS, MSG_DONTWAIT, MSG_NOSIGNAL, PENDING_ERRORS, POLLOUT } from './abi';
import { Memory } from './memory';
import type { MessageVector } from './message-vector';
import type { Native } from './system-calls';

const WAIT_NS = 50e6;
/** So often what waits on the error queue is read while room is waited for. */
const MAX_READS = 4;
/** So often in a row the failure of a send may be about an earlier datagram: while these are sent, more may come about others. */
const MAX_PENDING = 3;
/** So often in a row a failure may be about what the error queue holds: anybody can flood it. */
const MAX_REPORTED = 32;

/** Hands messages to the system, and bears with what it answers. */
export class Transmission {
  readonly #native: Native;
  readonly #socket: { readonly fd: number };
  readonly #readErrors: () => boolean;
  readonly #onEarlier: (result: number) => void;
  readonly #poll: Memory;

  /**
   * `readErrors` empties the error queue, and says whether anything of earlier datagrams lay there: as long as something does, there
   * is no waiting for room. `onEarlier` is called with the failures that are about earlier datagrams.
   */
  constructor(
    native: Native,
    socket: { readonly fd: number },
    readErrors: () => boolean,
    onEarlier: (result: number) => void,
  ) {
    this.#native = native;
    this.#socket = socket;
    this.#readErrors = readErrors;
    this.#onEarlier = onEarlier;
    this.#poll = new Memory(native, 32);
  }

  /**
   * Sends message `from` and those behind it, `count` at the most, in one call; how many the system took, or why it took none of
   * them. A failure that comes again when it is tried again is about these; else it was about an earlier one, as it was where the
   * error queue holds one.
   */
  attempt(messages: MessageVector, from: number, count: number): number {
    const { calls } = this.#native;
    let pending = 0;
    for (let tries = 0, reported = 0; ; ) {
      const sent = calls.sendmmsg(this.#socket.fd, messages.addressFrom(from), count, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent === -EINTR) continue;
      if (pending !== 0 && sent !== pending) this.#onEarlier(pending);
      if (!PENDING_ERRORS.includes(-sent)) return sent;
      const isReported = this.#readErrors() && ++reported <= MAX_REPORTED;
      if (!isReported && ++tries === MAX_PENDING) return sent;
      pending = isReported ? 0 : sent;
    }
  }

  /** Sends `count` messages from `first` on. `onRefused` gets what is refused, with its place; it is left out. */
  send(messages: MessageVector, count: number, onRefused: (result: number, message: number) => void, first = 0): void {
    let isPatient = true;
    for (let next = first; next < first + count; ) {
      const sent = this.attempt(messages, next, first + count - next);
      if (sent > 0) {
        next += sent;
      } else if (sent === -EAGAIN) {
        // A device that stands still is not waited for again and again.
        if (isPatient && this.waitForRoom()) continue;
        isPatient = false;
        onRefused(-ENOBUFS, next++);
      } else {
        onRefused(sent, next++);
      }
    }
  }

  /** Waits for a moment until the socket takes something again. */
  waitForRoom(): boolean {
    for (let reads = 0; reads < MAX_READS; reads++) {
      this.#poll.setU32(0, this.#socket.fd);
      this.#poll.setU32(4, POLLOUT);
      this.#poll.setU64(8, 0);
      this.#poll.setU64(16, WAIT_NS);
      if (this.#native.calls.ppoll(this.#poll.address, 1, this.#poll.address + 8, 0) <= 0) return false;
      if (((this.#poll.u32(4) >>> 16) & POLLOUT) !== 0) return true;
      this.#readErrors();
    }
    return false;
  }
}
