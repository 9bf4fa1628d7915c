import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { codeOf } from '../errors';
import type { Role } from '../role';
import { Memory } from './memory';
import type { Source } from './source';
import { loadNative, type Native } from './system-calls';
import type { FromThread, PlainFailure, ThreadData, ToThread } from './thread-messages';
import { ThreadSide, type Turning } from './thread-side';
import { type ThreadTransport, threadTransport } from './thread-transport';

type AnyRole = Role<unknown, unknown, unknown>;

/** Runs those of `roles` in a worker thread that it is told to start, until it is told to end. */
export function runThread(roles: readonly AnyRole[]): void {
  const port = parentPort as MessagePort;
  const { settings, wakeFd } = workerData as ThreadData;
  try {
    const native = loadNative();
    new ThreadRoles(roles, port, threadTransport(native, settings), new Orders(native, wakeFd));
  } catch (error) {
    giveUp(port, error);
  }
}

/** The roles of a thread. Its poller turns while one of them is in its `run`; otherwise Node waits for what they are told. */
class ThreadRoles implements Turning {
  readonly #roles: readonly AnyRole[];
  readonly #port: MessagePort;
  readonly #thread: ThreadTransport;
  readonly #sides = new Map<number, ThreadSide>();
  /** The same, to go through in each turn. */
  #all: readonly ThreadSide[] = [];
  #inside = 0;
  #isTurning = false;

  constructor(roles: readonly AnyRole[], port: MessagePort, thread: ThreadTransport, orders: Orders) {
    this.#roles = roles;
    this.#port = port;
    this.#thread = thread;
    // Before all sockets: an order is read before packets that came later, also where both are found in one turn.
    thread.poller.add(orders);
    orders.onReady = () => {
      orders.forget();
      for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
        this.#take(got.message);
      }
    };
    port.on('message', (message) => this.#take(message));
  }

  enter(): void {
    this.#inside++;
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#turn().catch((error) => giveUp(this.#port, error));
  }

  leave(): void {
    this.#inside--;
  }

  async #turn(): Promise<void> {
    // Whoever enters goes on first.
    await undefined;
    await this.#thread.poller.run(
      () => {
        for (let i = 0; i < this.#all.length; i++) (this.#all[i] as ThreadSide).flushInTime();
        return this.#inside === 0;
      },
      () => this.#inside < this.#all.length,
    );
    this.#isTurning = false;
  }

  #take(message: ToThread): void {
    switch (message.kind) {
      case 'start':
        void this.#run(message.id, message.role, message.data);
        break;
      case 'order':
        this.#sides.get(message.id)?.order(message.order);
        break;
      case 'end':
        this.#port.close();
    }
  }

  async #run(id: number, name: string, data: unknown): Promise<void> {
    const side = new ThreadSide(this.#thread, data, this, (words) => this.#post({ kind: 'words', id, words }));
    this.#sides.set(id, side);
    this.#all = [...this.#sides.values()];
    let failure: PlainFailure | undefined;
    try {
      // Not within the turn that has read of it.
      await undefined;
      await Promise.race([this.#roles.find((role) => role.name === name)?.run(side), side.failed]);
      side.flush();
    } catch (error) {
      failure = plain(error);
      flushWhatCanBe(side);
    }
    side.release();
    this.#sides.delete(id);
    this.#all = [...this.#sides.values()];
    this.#post({ kind: 'over', id, failure });
  }

  #post(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

/** A descriptor that says that the main thread has posted something. */
class Orders implements Source {
  readonly fd: number;
  readonly wantsWrite = false;
  readonly isRare = true;
  onReady: () => void = () => {};
  readonly #native: Native;
  readonly #counter: Memory;

  constructor(native: Native, fd: number) {
    this.#native = native;
    this.fd = fd;
    this.#counter = new Memory(native, 8);
  }

  forget(): void {
    this.#native.calls.read(this.fd, this.#counter.address, 8);
  }
}

/** Words before a failure are heard. */
function flushWhatCanBe(side: ThreadSide): void {
  try {
    side.flush();
  } catch {
    // It was told to fail of it, or has failed already.
  }
}

function giveUp(port: MessagePort, error: unknown): void {
  port.postMessage({ kind: 'failed', failure: plain(error) } satisfies FromThread);
  port.close();
}

const plain = (error: unknown): PlainFailure => ({
  code: codeOf(error) ?? 'UNKNOWN',
  message: (error as Error).message,
});
