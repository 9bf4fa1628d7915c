import { type Instant, instant } from '@pathgauge/units';
import { handledElsewhere } from '../handled-elsewhere';
import type { RoleSide, RoleTransport } from '../role';
import { RolePoller } from './role-poller';
import type { ThreadTransport } from './thread-transport';

/** Words go out together, this often at the most: each message wakes the main thread. */
const POST_PERIOD_NS = 20e6;
/**
 * A promise goes on by one step a turn, and between two turns the thread may sleep. What an order sets going must not wait for that:
 * so many steps follow at once.
 */
const STEPS_OF_ORDER = 8;

/** Keeps the thread turning while one of its roles is there for its packets. */
export interface Turning {
  enter(): void;
  leave(): void;
}

/** A role in a thread that it may share, as its own code sees it. */
export class ThreadSide implements RoleSide<unknown, unknown, unknown> {
  readonly transport: RoleTransport;
  readonly data: unknown;
  /** Rejects with what a callback of the role has thrown. */
  readonly failed: Promise<never>;
  readonly #thread: ThreadTransport;
  readonly #poller: RolePoller;
  readonly #turning: Turning;
  readonly #send: (words: readonly unknown[]) => void;
  readonly #orders: unknown[] = [];
  #handler: ((order: unknown) => void) | undefined;
  #words: unknown[] = [];
  #sentAt: Instant = instant(Number.NEGATIVE_INFINITY);

  constructor(thread: ThreadTransport, data: unknown, turning: Turning, send: (words: readonly unknown[]) => void) {
    let fail: (error: unknown) => void = () => {};
    this.failed = handledElsewhere(
      new Promise((_, reject) => {
        fail = reject;
      }),
    );
    this.#poller = new RolePoller(thread.poller, fail);
    this.#thread = thread;
    this.transport = thread.of(this.#poller);
    this.data = data;
    this.#turning = turning;
    this.#send = send;
  }

  post(word: unknown, isUrgent = false): void {
    this.#words.push(word);
    if (isUrgent) this.flush();
  }

  onMessage(handler: (order: unknown) => void): void {
    this.#handler = handler;
    this.#poller.soon(this.#deliver);
  }

  /** The main thread has told it something. */
  order(order: unknown): void {
    this.#orders.push(order);
    if (this.#handler !== undefined) this.#deliver();
  }

  run(over: Promise<unknown>): Promise<void> {
    this.#turning.enter();
    return new Promise((resolve, reject) => {
      let isOver = false;
      const leave = (end: () => void): void => {
        if (isOver) return;
        isOver = true;
        this.#turning.leave();
        end();
      };
      const end = (): void => leave(resolve);
      over.then(end, end);
      this.failed.catch((error) => leave(() => reject(error)));
    });
  }

  flush(): void {
    if (this.#words.length === 0) return;
    const words = this.#words;
    this.#words = [];
    this.#sentAt = this.#thread.clock.now();
    this.#send(words);
  }

  flushInTime(): void {
    if (this.#words.length === 0 || this.#thread.clock.now() - this.#sentAt < POST_PERIOD_NS) return;
    try {
      this.flush();
    } catch (error) {
      this.#poller.onFailure(error);
    }
  }

  /** The role is over: closes what it has left open. */
  release(): void {
    this.#poller.release();
  }

  readonly #deliver = (): void => {
    try {
      while (this.#orders.length > 0 && !this.#poller.isOver) this.#handler?.(this.#orders.shift());
    } catch (error) {
      this.#poller.onFailure(error);
    }
    this.#stayAwake(STEPS_OF_ORDER);
  };

  #stayAwake(turns: number): void {
    if (turns > 0) this.#poller.soon(() => this.#stayAwake(turns - 1));
  }
}
