import { BATCH, CONTROL_BYTES, MessageVector } from './message-vector';
import type { ReceiveMemory } from './receive-memory';
import { ADDRESS_BYTES } from './socket-address';
import type { Native } from './system-calls';

/** Replies that are to be sent, as messages. Several replies may go as one message, which the system cuts. */
export class ReplyBatch {
  readonly messages: MessageVector;
  readonly #native: Native;
  readonly #payloads: Uint8Array[] = [];
  /** Of each message: the datagram that it answers, its first reply, how many there are, how long each is, and how marked. */
  readonly #answered = new Int32Array(BATCH);
  readonly #first = new Int32Array(BATCH);
  readonly #parts = new Int32Array(BATCH);
  readonly #length = new Int32Array(BATCH);
  readonly #dscp = new Int32Array(BATCH);
  #replies = 0;
  #count = 0;

  constructor(native: Native) {
    this.#native = native;
    this.messages = new MessageVector(native, BATCH, CONTROL_BYTES);
  }

  /** How many messages there are. */
  get count(): number {
    return this.#count;
  }

  /** How many replies there are. */
  get replies(): number {
    return this.#replies;
  }

  get isFull(): boolean {
    return this.#replies === BATCH;
  }

  /** Forgets all. */
  clear(): void {
    this.#replies = 0;
    this.#count = 0;
  }

  answered(message: number): number {
    return this.#answered[message] as number;
  }

  first(message: number): number {
    return this.#first[message] as number;
  }

  parts(message: number): number {
    return this.#parts[message] as number;
  }

  length(message: number): number {
    return this.#length[message] as number;
  }

  dscp(message: number): number {
    return this.#dscp[message] as number;
  }

  payload(reply: number): Uint8Array {
    return this.#payloads[reply] as Uint8Array;
  }

  /** Takes `payload` in, which lies in `incoming` where it was made in place. */
  add(payload: Uint8Array, { buffers }: ReceiveMemory): number {
    const reply = this.#replies++;
    // Held until it is sent: the system knows it by its address alone.
    this.#payloads[reply] = payload;
    const isInPlace = payload.buffer === buffers.bytes.buffer;
    const address = isInPlace ? buffers.address + payload.byteOffset : this.#native.addressOf(payload);
    this.messages.setPayload(reply, address, payload.length);
    return reply;
  }

  /** The reply that was added last goes with the message before it. */
  join(): void {
    const last = this.#count - 1;
    this.#parts[last] = this.parts(last) + 1;
  }

  /** The reply that was added last is a message by itself, to datagram `i`. */
  begin(i: number, dscp: number): number {
    const message = this.#count++;
    const reply = this.#replies - 1;
    this.#answered[message] = i;
    this.#first[message] = reply;
    this.#parts[message] = 1;
    this.#length[message] = this.payload(reply).length;
    this.#dscp[message] = dscp;
    return message;
  }

  /** Has message `message` be made of one reply alone. */
  setOnly(message: number, reply: number): void {
    this.#first[message] = reply;
    this.#parts[message] = 1;
  }

  /** Addresses message `message` to where datagram `i` of `incoming` came from. */
  addressTo(message: number, { vector }: ReceiveMemory, i: number): void {
    const from = vector.nameAt(i) >>> 2;
    const to = this.messages.nameAt(message) >>> 2;
    for (let word = 0; word < ADDRESS_BYTES / 4; word++) {
      this.messages.memory.words[to + word] = vector.memory.words[from + word] as number;
    }
    this.messages.setName(message, vector.nameLength(i));
  }
}
