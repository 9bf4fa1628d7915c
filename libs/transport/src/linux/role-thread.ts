import { Worker } from 'node:worker_threads';
import { TransportError, transportError } from '../errors';
import { handledElsewhere } from '../handled-elsewhere';
import type { RoleHandle } from '../role';
import type { Placeable } from './placing';
import type { Native } from './system-calls';
import type { FromThread, ThreadData, ToThread } from './thread-messages';
import type { ThreadSettings } from './thread-transport';
import { WakeUp } from './wake-up';

/** A thread without roles is kept for the next one so long: to start one takes as long as 40 ms, and keeping it costs 10 MiB. */
const MAX_IDLE_MS = 5_000;

/** A worker thread with the roles in it, as the main thread has it. It holds up the end of the process only while it has some. */
export class RoleThread implements Placeable {
  readonly spins: boolean;
  readonly #worker: Worker;
  readonly #wakeUp: WakeUp;
  readonly #roles = new Map<number, ThreadRole>();
  readonly #onGone: () => void;
  readonly #maxIdleMs: number;
  #failure: Error | undefined;
  #started = 0;
  #idle: NodeJS.Timeout | undefined;
  #isGone = false;

  /** `onGone`: no role may be started in it any more. `maxIdleMs`: infinite where it is kept for good. Throws `TransportError`. */
  constructor(native: Native, file: string, settings: ThreadSettings, onGone: () => void, maxIdleMs = MAX_IDLE_MS) {
    this.spins = settings.spinNs > 0;
    this.#onGone = onGone;
    this.#maxIdleMs = maxIdleMs;
    this.#wakeUp = new WakeUp(native);
    const workerData: ThreadData = { settings, wakeFd: this.#wakeUp.fd };
    try {
      this.#worker = new Worker(file, { workerData });
    } catch (error) {
      this.#wakeUp.close();
      throw transportError('cannot start a thread', error);
    }
    this.#worker.on('message', (message: FromThread) => this.#take(message));
    this.#worker.once('error', (error) => this.#onFailure(error));
    this.#worker.once('exit', () => this.#onExit());
    this.#restIfIdle();
  }

  get roles(): number {
    return this.#roles.size;
  }

  start(role: string, data: unknown): RoleHandle<unknown, unknown> {
    const id = this.#started++;
    try {
      this.#tell({ kind: 'start', id, role, data });
    } catch (error) {
      this.#restIfIdle();
      throw error;
    }
    const handle = new ThreadRole((order) => {
      if (this.#roles.has(id)) this.#tell({ kind: 'order', id, order });
    });
    this.#roles.set(id, handle);
    clearTimeout(this.#idle);
    this.#worker.ref();
    return handle;
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
    this.#wakeUp.wake();
  }

  #take(message: FromThread): void {
    switch (message.kind) {
      case 'words':
        this.#roles.get(message.id)?.hear(message.words);
        break;
      case 'over':
        this.#end(message.id, message.failure && new TransportError(message.failure.code, message.failure.message));
        break;
      case 'failed':
        this.#onFailure(new TransportError(message.failure.code, message.failure.message));
    }
  }

  #end(id: number, failure: Error | undefined): void {
    const role = this.#roles.get(id);
    this.#roles.delete(id);
    this.#restIfIdle();
    role?.end(failure);
  }

  #restIfIdle(): void {
    if (this.#roles.size > 0) return;
    this.#worker.unref();
    clearTimeout(this.#idle);
    if (this.#maxIdleMs === Number.POSITIVE_INFINITY) return;
    this.#idle = setTimeout(() => {
      this.#leave();
      this.#tell({ kind: 'end' });
    }, this.#maxIdleMs).unref();
  }

  #onFailure(failure: Error): void {
    this.#failure ??= failure;
    this.#leave();
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#idle);
    this.#onGone();
  }

  #onExit(): void {
    this.#leave();
    this.#wakeUp.close();
    const failure = this.#failure ?? new TransportError('UNKNOWN', 'the thread of a role has ended');
    for (const role of this.#roles.values()) role.end(failure);
    this.#roles.clear();
  }
}

class ThreadRole implements RoleHandle<unknown, unknown> {
  readonly ended: Promise<void>;
  readonly post: (order: unknown) => void;
  #handler: ((word: unknown) => void) | undefined;
  #settle: (failure: Error | undefined) => void = () => {};

  constructor(post: (order: unknown) => void) {
    this.post = post;
    this.ended = handledElsewhere(
      new Promise((resolve, reject) => {
        this.#settle = (failure) => (failure === undefined ? resolve() : reject(failure));
      }),
    );
  }

  onMessage(handler: (word: unknown) => void): void {
    this.#handler = handler;
  }

  hear(words: readonly unknown[]): void {
    for (const word of words) this.#handler?.(word);
  }

  end(failure: Error | undefined): void {
    this.#settle(failure);
  }
}
