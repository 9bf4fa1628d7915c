import { Worker } from 'node:worker_threads';
import { endpointText } from '../address';
import { TransportError, transportError } from '../errors';
import { hasDescriptors } from '../portable/descriptors';
import type { PortableStream } from '../portable/portable-streams';
import type { RoleHandle } from '../role';
import type { Transport } from '../transport';
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from './abi';
import { Memory } from './memory';
import { type Native, systemError } from './system-calls';
import type { ThreadSettings } from './thread-transport';

/** What a thread is started with. */
export interface ThreadData {
  readonly role: string;
  readonly data: unknown;
  readonly settings: ThreadSettings;
  /** Readable when there are messages for the thread, which may be blocked in a system call. */
  readonly wakeFd: number;
}

/** What a thread posts: messages of its role, or why it gave up. */
export type FromThread =
  | { readonly messages: readonly unknown[] }
  | { readonly failure: { code: string; message: string } };

/** What a thread takes to start and to work: its event loop's, and a socket. */
const DESCRIPTORS_PER_ROLE = 10;

/** Roles in threads of their own, whose code is in `file`: that calls `runThread`. */
export function linuxRoles(
  native: Native,
  file: string,
  settings: ThreadSettings,
): Pick<Transport, 'start' | 'handOver' | 'takeBack' | 'hasRoomForRole'> {
  return {
    start: <Data, Order, Word>({ name }: { readonly name: string }, data: Data): RoleHandle<Order, Word> =>
      new LinuxThread(native, file, name, data, settings) as RoleHandle<Order, Word>,
    handOver(stream) {
      const fd = (stream as PortableStream).descriptor();
      if (fd === undefined)
        throw new TransportError('ECONNRESET', `${endpointText(stream.remote)} closed the connection`);
      // A descriptor of its own: this one may be closed and used again any time.
      const own = native.calls.dup(fd);
      if (own < 0) throw transportError('cannot take a connection over', systemError('dup', own));
      return { id: own };
    },
    takeBack: ({ id }) => void native.calls.close(id),
    hasRoomForRole: () => hasDescriptors(DESCRIPTORS_PER_ROLE),
  };
}

/** What a thread is woken by. Throws `TransportError`. */
export function eventDescriptor(native: Native): number {
  // The flags of sockets are those of event descriptors.
  const fd = native.calls.eventfd(0, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) throw transportError('cannot start a thread', systemError('eventfd', fd));
  return fd;
}

class LinuxThread implements RoleHandle<unknown, unknown> {
  readonly ended: Promise<void>;
  readonly #native: Native;
  readonly #worker: Worker;
  readonly #one: Memory;
  #wakeFd: number;
  #handler: ((message: unknown) => void) | undefined;
  #failure: Error | undefined;

  constructor(native: Native, file: string, role: string, data: unknown, settings: ThreadSettings) {
    this.#native = native;
    this.#one = new Memory(native, 8);
    this.#one.setU64(0, 1);
    this.#wakeFd = eventDescriptor(native);
    const workerData: ThreadData = { role, data, settings, wakeFd: this.#wakeFd };
    try {
      this.#worker = new Worker(file, { workerData });
    } catch (error) {
      native.calls.close(this.#wakeFd);
      throw transportError('cannot start a thread', error);
    }
    this.#worker.on('message', (message: FromThread) => this.#take(message));
    this.ended = new Promise((resolve, reject) => {
      this.#worker.once('error', (error) => {
        this.#failure ??= error;
      });
      this.#worker.once('exit', () => {
        const fd = this.#wakeFd;
        this.#wakeFd = -1;
        native.calls.close(fd);
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      });
    });
    // Who asks for it is told.
    this.ended.catch(() => {});
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#handler = handler;
  }

  post(message: unknown): void {
    if (this.#wakeFd < 0) return;
    this.#worker.postMessage(message);
    this.#native.calls.write(this.#wakeFd, this.#one.address, 8);
  }

  #take(message: FromThread): void {
    if ('failure' in message) this.#failure = new TransportError(message.failure.code, message.failure.message);
    else for (const each of message.messages) this.#handler?.(each);
  }
}
