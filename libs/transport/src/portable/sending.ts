import type { Socket } from 'node:dgram';
import type { Endpoint } from '../address';
import { codeOf, ICMP_CODES } from '../errors';
import type { SendOutcome } from '../sockets';

/** So often in a row the failure of a send may be about an earlier datagram: see `Transmission` of the linux transport. */
const MAX_PENDING = 3;

/** Hands datagrams to Node, which tells of each when the call has ended. */
export class Sending {
  readonly #socket: Socket;
  readonly #onEarlier: (error: Error) => void;
  #backlog = 0;
  #closed = false;

  /** `onEarlier` hears of a failure that was about a datagram sent earlier. */
  constructor(socket: Socket, onEarlier: (error: Error) => void) {
    this.#socket = socket;
    this.#onEarlier = onEarlier;
  }

  get backlog(): number {
    return this.#backlog;
  }

  send(payload: Uint8Array, to: Endpoint | undefined, onRefused: (payload: Uint8Array, error: Error) => void): void {
    if (this.#closed) return;
    this.#handOver(payload, to, (error) => {
      if (error !== undefined && !this.#closed) onRefused(payload, error);
    });
  }

  /** One at a time: those behind a refused one must not be sent. */
  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    if (this.#closed || bytes.length < length) {
      onOutcome(0, 0, undefined);
      return;
    }
    this.#handOver(bytes.subarray(0, length), to, (error) => onOutcome(error ? 0 : 1, error ? 1 : 0, error));
  }

  close(): void {
    this.#closed = true;
  }

  /** `onSettled` hears, after this call, why it was not sent, or that it was. */
  #handOver(payload: Uint8Array, to: Endpoint | undefined, onSettled: (error: Error | undefined) => void): void {
    let tries = 0;
    let pending: Error | undefined;
    const settle = (error: Error | null): void => {
      if (pending !== undefined && codeOf(error) !== codeOf(pending) && !this.#closed) this.#onEarlier(pending);
      if (error && ++tries < MAX_PENDING && ICMP_CODES.has(codeOf(error)) && !this.#closed) {
        pending = error;
        this.#attempt(payload, to, settle);
        return;
      }
      this.#backlog--;
      onSettled(error ?? undefined);
    };
    this.#backlog++;
    this.#attempt(payload, to, settle);
  }

  #attempt(payload: Uint8Array, to: Endpoint | undefined, onSent: (error: Error | null) => void): void {
    try {
      if (to === undefined) this.#socket.send(payload, onSent);
      else this.#socket.send(payload, to.port, to.address, onSent);
    } catch (error) {
      process.nextTick(onSent, error);
    }
  }
}
