import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Instant, instant } from '@pathgauge/units';
import { codeOf } from '../errors';
import { Memory } from './memory';
import type { Source } from './source';
import { loadNative, type Native } from './system-calls';
import { type ThreadTransport, threadTransport } from './thread-transport';
import type { FromThread, ThreadData } from './threads';

/** Messages go out together, this often at the most: each wakes the main thread. */
const POST_PERIOD_NS = 20e6;

/** A thread as its own code sees it. */
export interface ThreadSide {
  readonly transport: ThreadTransport;
  /** What the main thread handed over when it started this one. */
  readonly data: unknown;
  /** At leisure, together with others; at once what the main thread waits for. */
  post(message: unknown, atOnce?: boolean): void;
  onMessage(handler: (message: unknown) => void): void;
  /** Deals with packets, timers and messages until `isOver`. */
  run(isOver: () => boolean): Promise<void>;
}

/** Runs a worker thread in the role that it was started for, to its end. */
export async function runThread(
  roles: Readonly<Record<string, (side: ThreadSide) => void | Promise<void>>>,
): Promise<void> {
  const { role, data, settings, wakeFd } = workerData as ThreadData;
  const post = (message: FromThread): void => parentPort?.postMessage(message);
  try {
    const native = loadNative();
    const side = new Side(native, threadTransport(native, settings), data, wakeFd, (messages) => post({ messages }));
    await roles[role]?.(side);
    side.flush();
  } catch (error) {
    post({ failure: { code: codeOf(error) ?? 'UNKNOWN', message: (error as Error).message } });
  }
}

class Side implements ThreadSide, Source {
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
    transport.poller.add(this);
  }

  post(message: unknown, atOnce = false): void {
    this.#waiting.push(message);
    if (atOnce) this.flush();
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#handler = handler;
  }

  run(isOver: () => boolean): Promise<void> {
    // What came while nobody listened has its wake-up still standing.
    return this.transport.poller.run(() => {
      this.#flushInTime();
      return isOver();
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
    if (parentPort === null) return;
    for (let got = receiveMessageOnPort(parentPort); got !== undefined; got = receiveMessageOnPort(parentPort)) {
      this.#handler?.(got.message);
    }
  }

  #flushInTime(): void {
    if (this.#waiting.length > 0 && this.transport.clock.now() - this.#sentAt >= POST_PERIOD_NS) this.flush();
  }
}
