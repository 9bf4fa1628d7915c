import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Sink } from './sink';

/** Whoever starts a reader at the same moment gets this long. */
const MAX_READER_WAIT_MS = 5_000;
/** A reader that takes nothing for so long is not waited for any more. */
const MAX_STANDSTILL_MS = 5_000;
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
const LOOK_MS = 50;
const CHUNK_BYTES = 65_536;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/** A pipe, or a FIFO: never blocks. Rejects when nobody reads it, and when `signal` aborts before somebody does. */
export async function openPipe(path: string, signal: AbortSignal): Promise<Sink> {
  const since = performance.now();
  for (;;) {
    try {
      return new PipeSink(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      const isUnread = (error as NodeJS.ErrnoException).code === 'ENXIO';
      if (!isUnread || signal.aborted || performance.now() - since > MAX_READER_WAIT_MS) throw error;
      await pause();
    }
  }
}

class PipeSink implements Sink {
  readonly #socket: Socket;
  #failure: Error | undefined;

  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  write(text: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = Buffer.from(text);
    if (this.#socket.writableLength + bytes.length > MAX_UNREAD_BYTES) throw new Error('its reader is too slow');
    // Bit by bit, so that it shows whether the reader goes on.
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) this.#socket.write(bytes.subarray(at, at + CHUNK_BYTES));
  }

  async close(): Promise<void> {
    let left = Number.POSITIVE_INFINITY;
    let since = performance.now();
    while (this.#socket.writableLength > 0 && this.#failure === undefined) {
      if (this.#socket.writableLength < left) since = performance.now();
      left = this.#socket.writableLength;
      if (performance.now() - since > MAX_STANDSTILL_MS) {
        this.discard();
        throw new Error('its reader does not read');
      }
      await pause();
    }
    this.discard();
    if (this.#failure !== undefined) throw this.#failure;
  }

  discard(): void {
    this.#socket.destroy();
  }
}

/** A device, or what somebody else has opened for this process. */
export class DescriptorSink implements Sink {
  readonly #fd: number;
  readonly #isOurs: boolean;

  constructor(fd: number, isOurs: boolean) {
    this.#fd = fd;
    this.#isOurs = isOurs;
  }

  write(text: string): void {
    writeFileSync(this.#fd, text);
  }

  async close(): Promise<void> {
    this.discard();
  }

  discard(): void {
    if (this.#isOurs) closeSync(this.#fd);
  }
}
