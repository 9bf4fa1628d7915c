import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Instant, instant } from '@pathgauge/units';
import { codeOf } from '../errors';
import type { Role, RoleSide } from '../role';
import { Memory } from './memory';
import type { Source } from './source';
import { loadNative, type Native } from './system-calls';
import { type ThreadTransport, threadTransport } from './thread-transport';
import type { FromThread, ThreadData } from './threads';

/** Messages go out together, this often at the most: each wakes the main thread. */
const POST_PERIOD_NS = 20e6;
/**
 * A promise goes on by one step a turn, and between two turns the thread may sleep. What an order sets going must not wait for that:
 * so many steps follow at once.
 */
const STEPS_OF_ORDER = 8;

/** Runs a worker thread in the role that it was started for, one of `roles`, to its end. */
export async function runThread(roles: readonly Role<unknown, unknown, unknown>[]): Promise<void> {
  const { role, data, settings, wakeFd } = workerData as ThreadData;
  const post = (message: FromThread): void => parentPort?.postMessage(message);
  try {
    const native = loadNative();
    const side = new ThreadSide(native, threadTransport(native, settings), data, wakeFd, (messages) =>
      post({ messages }),
    );
    try {
      await roles.find(({ name }) => name === role)?.run(side);
    } finally {
      side.flush();
    }
  } catch (error) {
    post({ failure: { code: codeOf(error) ?? 'UNKNOWN', message: (error as Error).message } });
  }
}

class ThreadSide implements RoleSide<unknown, unknown, unknown>, Source {
  readonly transport: ThreadTransport;
  readonly data: unknown;
  readonly fd: number;
  readonly wantsWrite = false;
  readonly isRare = true;
  readonly #native: Native;
  readonly #counter: Memory;
  readonly #send: (messages: readonly unknown[]) => void;
  #handler: ((message: unknown) => void) | undefined;
  #waiting: unknown[] = [];
  #sentAt: Instant = instant(Number.NEGATIVE_INFINITY);

  constructor(
    native: Native,
    transport: ThreadTransport,
    data: unknown,
    wakeFd: number,
    send: (messages: readonly unknown[]) => void,
  ) {
    this.#native = native;
    this.transport = transport;
    this.data = data;
    this.fd = wakeFd;
    this.#send = send;
    this.#counter = new Memory(native, 8);
    // Before all sockets: an order is read before packets that came later, also where both are found in one turn.
    transport.poller.add(this);
  }

  post(message: unknown, isUrgent = false): void {
    this.#waiting.push(message);
    if (isUrgent) this.flush();
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#handler = handler;
    // What came while nobody listened is still where it was.
    this.transport.soon(() => this.#read());
  }

  run(over: Promise<unknown>): Promise<void> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    over.then(end, end);
    return this.transport.poller.run(() => {
      this.#flushInTime();
      return isOver;
    });
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    this.#sentAt = this.transport.clock.now();
    this.#send(this.#waiting);
    this.#waiting = [];
  }

  /** The main thread has posted something. */
  onReady(): void {
    this.#native.calls.read(this.fd, this.#counter.address, 8);
    this.#read();
  }

  #read(): void {
    if (parentPort === null || this.#handler === undefined) return;
    for (let got = receiveMessageOnPort(parentPort); got !== undefined; got = receiveMessageOnPort(parentPort)) {
      this.#handler(got.message);
    }
    this.#stayAwake(STEPS_OF_ORDER);
  }

  #stayAwake(turns: number): void {
    if (turns > 0) this.transport.soon(() => this.#stayAwake(turns - 1));
  }

  #flushInTime(): void {
    if (this.#waiting.length > 0 && this.transport.clock.now() - this.#sentAt >= POST_PERIOD_NS) this.flush();
  }
}
