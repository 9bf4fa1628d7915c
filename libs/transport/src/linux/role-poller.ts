import type { Timer } from '../clock';
import { TransportError } from '../errors';
import type { Poller } from './poller';
import type { OwnedSource, Owner, Source } from './source';

/** What sockets, and whoever uses them, want of the poller of their thread. */
export interface SocketPoller {
  add(source: OwnedSource): void;
  remove(source: Source): void;
  timer(isExact: boolean): Timer;
  soon(callback: () => void): void;
  noteActivity(): void;
}

/** The poller of a thread as one of its roles has it: that role's sockets and timers end with it, and its failures are its own. */
export class RolePoller implements SocketPoller, Owner {
  readonly #poller: Poller;
  readonly #sources = new Set<OwnedSource>();
  readonly #onFailure: (error: unknown) => void;
  #isOver = false;

  constructor(poller: Poller, onFailure: (error: unknown) => void) {
    this.#poller = poller;
    this.#onFailure = onFailure;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  onFailure(error: unknown): void {
    this.#onFailure(error);
  }

  add(source: OwnedSource): void {
    if (this.#isOver) throw new TransportError('ECANCELED', 'the role that opens a socket is over');
    this.#poller.add(source, this);
    this.#sources.add(source);
  }

  remove(source: Source): void {
    this.#sources.delete(source as OwnedSource);
    this.#poller.remove(source);
  }

  timer(isExact: boolean): Timer {
    return this.#poller.timer(isExact, this);
  }

  soon(callback: () => void): void {
    this.#poller.soon(callback, this);
  }

  noteActivity(): void {
    this.#poller.noteActivity();
  }

  /** The role is over: what it has left open is closed, and nothing of it is called any more. */
  release(): void {
    this.#isOver = true;
    this.#poller.clearTimersOf(this);
    // Each removes itself.
    for (const source of this.#sources) source.close();
  }
}
