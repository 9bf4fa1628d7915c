import {
  decodeJsonBody,
  decodeJsonLength,
  describeFailure,
  encodeJsonMessage,
  JSON_LENGTH_BYTES,
  type JsonObject,
  type State,
} from '@pathgauge/protocol';
import { type Clock, endpointText, type StreamSocket, TransportError } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';

// A peer may send ahead of what we read, but not without bound.
const MOST_UNREAD = 2 * 1024 * 1024;

/** What a peer said that the protocol does not allow; with another `code` what it said that ends the test. */
export class ProtocolError extends Error {
  readonly code: string;

  constructor(message: string, code = 'EPROTO') {
    super(message);
    this.code = code;
  }
}

/** A control connection, read by pulling: so many bytes, a state byte, a JSON message. */
export class ControlChannel {
  readonly stream: StreamSocket;
  #unread: Uint8Array = new Uint8Array(0);
  #arrival: Instant;
  #closed: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: StreamSocket, clock: Clock) {
    this.stream = stream;
    this.#arrival = clock.now();
    stream.onData((chunk, arrival) => this.#take(chunk, arrival));
    stream.onClose((error) => {
      const name = endpointText(stream.remote);
      this.#closed = error ?? new TransportError('ECONNRESET', `${name} closed the connection`);
      this.#wake?.();
    });
  }

  /** When the latest bytes arrived: those last read, or bytes behind them. */
  get arrival(): Instant {
    return this.#arrival;
  }

  /** Why the connection has ended; undefined while it lives. */
  get closed(): Error | undefined {
    return this.#closed;
  }

  /** Bytes that are there already, without taking them. */
  peek(): Uint8Array {
    return this.#unread;
  }

  /** Waits until something unread is there. Rejects when the connection ends first. */
  async more(): Promise<void> {
    const before = this.#unread.length;
    while (this.#unread.length === before) {
      if (this.#closed !== undefined) throw this.#closed;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next `count` bytes. Rejects when the connection ends before they are there. One reader at a time. */
  async bytes(count: number): Promise<Uint8Array> {
    while (this.#unread.length < count) await this.more();
    const taken = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    return taken;
  }

  async state(): Promise<number> {
    return (await this.bytes(1))[0] as number;
  }

  /** The next JSON message. Its length is looked at before anything of it is read. */
  async json(longest: number): Promise<JsonObject> {
    const length = decodeJsonLength(await this.bytes(JSON_LENGTH_BYTES), longest);
    if (!length.ok) throw new ProtocolError(`a message cannot be read: ${describeFailure(length.failure)}`);
    const object = decodeJsonBody(await this.bytes(length.value));
    if (!object.ok) throw new ProtocolError(`a message cannot be read: ${describeFailure(object.failure)}`);
    return object.value;
  }

  sendState(state: State, behind?: Uint8Array): void {
    const bytes = new Uint8Array(1 + (behind?.length ?? 0));
    bytes[0] = state;
    if (behind !== undefined) bytes.set(behind, 1);
    this.stream.write(bytes);
  }

  send(bytes: Uint8Array): void {
    this.stream.write(bytes);
  }

  sendJson(value: JsonObject): void {
    this.stream.write(encodeJsonMessage(value));
  }

  /** What is left unread, handed over with the connection: a data stream begins behind its cookie. */
  release(): Uint8Array {
    const left = this.#unread;
    this.#unread = new Uint8Array(0);
    return left;
  }

  #take(chunk: Uint8Array, arrival: Instant): void {
    if (this.#unread.length + chunk.length > MOST_UNREAD) {
      this.stream.destroy();
      return;
    }
    const joined = new Uint8Array(this.#unread.length + chunk.length);
    joined.set(this.#unread);
    joined.set(chunk, this.#unread.length);
    this.#unread = joined;
    this.#arrival = arrival;
    this.#wake?.();
  }
}

/** `promise`, unless it takes longer than `ms`: then rejects with `message`. The promise itself is not stopped. */
export function within<T>(ms: number, message: string, promise: Promise<T>): Promise<T> {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new TransportError('ETIMEDOUT', message)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timeout));
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
