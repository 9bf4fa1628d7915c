import {
  decodeJsonBody,
  decodeJsonLength,
  describeFailure,
  encodeJsonMessage,
  JSON_LENGTH_BYTES,
  type JsonObject,
  MAX_RESULTS_BYTES,
  type State,
} from '@pathgauge/protocol';
import { endpointText, type StreamSocket, TransportError } from '@pathgauge/transport';
import type { Instant, Span } from '@pathgauge/units';
import { later, type Timers } from '../../waiting';
import { Wake } from '../../wake';

/** What a peer may send ahead of what is waited for: the protocol has each side wait for the other, so it is little. */
const MAX_AHEAD = 128 * 1024;
/** What may wait because the peer does not read: the longest message and the words around it. */
const MAX_UNSENT = MAX_RESULTS_BYTES + 64 * 1024;

/** What a peer said that the protocol does not allow; with another `code` what it said that ends the test. */
export class ProtocolError extends Error {
  readonly code: string;

  constructor(message: string, code = 'EPROTO') {
    super(message);
    this.code = code;
  }
}

/**
 * A control connection, read by pulling: so many bytes, a state byte, a JSON message. What waits in either direction has a
 * bound; a peer that goes beyond is broken off.
 */
export class ControlChannel {
  readonly stream: StreamSocket;
  readonly timers: Timers;
  /** What came and was not read yet, at [from, to). What was handed out stays as it is. */
  #buffer: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;
  /** How many bytes are waited for. */
  #wanted = 0;
  #unsent = 0;
  #arrival: Instant;
  #closed: Error | undefined;
  readonly #news = new Wake();
  #cancelHangUp: (() => void) | undefined;

  constructor(stream: StreamSocket, timers: Timers) {
    this.stream = stream;
    this.timers = timers;
    this.#arrival = timers.clock.now();
    stream.onData((chunk, arrival) => this.#take(chunk, arrival));
    stream.onClose((error) => {
      this.#cancelHangUp?.();
      this.#close(error ?? new TransportError('ECONNRESET', `${this.peerName} closed the connection`));
    });
  }

  /** The peer, as errors name it. */
  get peerName(): string {
    return endpointText(this.stream.remote);
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
    return this.#buffer.subarray(this.#from, this.#to);
  }

  /** Waits until something unread is there. Rejects when the connection ends first. */
  async more(): Promise<void> {
    const before = this.#unread;
    while (this.#unread === before) {
      if (this.#closed !== undefined) throw this.#closed;
      await this.#news.wait();
    }
  }

  /** The next `count` bytes. Rejects when the connection ends before they are there. One reader at a time. */
  async bytes(count: number): Promise<Uint8Array> {
    this.#wanted = count;
    while (this.#unread < count) await this.more();
    this.#wanted = 0;
    this.#from += count;
    return this.#buffer.subarray(this.#from - count, this.#from);
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
    this.send(bytes);
  }

  send(bytes: Uint8Array): void {
    this.#unsent += bytes.length;
    if (this.#unsent > MAX_UNSENT) {
      this.breakOff(new ProtocolError(`${this.peerName} does not read what it is sent`));
      return;
    }
    this.stream.write(bytes, () => {
      this.#unsent -= bytes.length;
    });
  }

  sendJson(value: JsonObject): void {
    this.send(encodeJsonMessage(value));
  }

  /** Ends the connection at once, because of `error`. */
  breakOff(error: Error): void {
    this.#close(error);
    this.stream.destroy();
  }

  /** Sends what is written and ends the connection, and closes it when the peer has not done so within the first `limit` that is given. */
  hangUp(limit: Span): void {
    this.stream.end();
    if (this.#closed !== undefined) return;
    this.#cancelHangUp ??= later(this.timers, limit, () => this.stream.destroy());
  }

  /** What is left unread, handed over with the connection: a data stream begins behind its cookie. */
  release(): Uint8Array {
    const left = this.peek();
    this.#from = this.#to;
    return left;
  }

  get #unread(): number {
    return this.#to - this.#from;
  }

  #close(error: Error): void {
    this.#closed ??= error;
    this.#news.ring();
  }

  #take(chunk: Uint8Array, arrival: Instant): void {
    if (this.#closed !== undefined) return;
    if (this.#unread + chunk.length > this.#wanted + MAX_AHEAD) {
      this.breakOff(new ProtocolError(`${this.peerName} sends more than it was asked for`));
      return;
    }
    this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#to);
    this.#to += chunk.length;
    this.#arrival = arrival;
    this.#news.ring();
  }

  /** Twice what is needed, so that a long message in many small pieces is not copied once for each of them. */
  #makeRoom(count: number): void {
    if (this.#to + count <= this.#buffer.length) return;
    const unread = this.peek();
    const grown = new Uint8Array(unread.length === 0 ? count : 2 * (unread.length + count));
    grown.set(unread);
    this.#buffer = grown;
    this.#from = 0;
    this.#to = unread.length;
  }
}
