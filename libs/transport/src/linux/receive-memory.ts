import { Memory } from './memory';
import { CONTROL_BYTES, MessageVector, SLOT_BYTES } from './message-vector';
import type { Native } from './system-calls';

/** Room for what one `recvmmsg` brings in: so many messages, each with its address, its control data and its payload. */
export class ReceiveMemory {
  readonly vector: MessageVector;
  readonly buffers: Memory;
  readonly #native: Native;
  readonly #nameBytes: number;

  /** `nameBytes`: room for the address that each message came from; 0 where nobody asks for it. */
  constructor(native: Native, count: number, nameBytes: number) {
    this.#native = native;
    this.#nameBytes = nameBytes;
    this.vector = new MessageVector(native, count, CONTROL_BYTES);
    this.buffers = new Memory(native, count * SLOT_BYTES);
    for (let i = 0; i < count; i++) this.vector.setPayload(i, this.buffers.address + i * SLOT_BYTES, SLOT_BYTES);
    this.makeReady(count);
  }

  /** How many messages came; below 0: the call has failed. All messages must be ready. */
  receive(fd: number, flags: number): number {
    return this.#native.calls.recvmmsg(fd, this.vector.address, this.vector.count, flags, 0);
  }

  payload(i: number): Uint8Array {
    const from = i * SLOT_BYTES;
    return this.buffers.bytes.subarray(from, from + this.vector.transferred(i));
  }

  /** Has the first `count` messages take something again. */
  makeReady(count: number): void {
    for (let i = 0; i < count; i++) this.vector.readyToReceive(i, this.#nameBytes);
  }
}
