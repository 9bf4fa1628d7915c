import { Memory } from './memory';
import type { Native } from './system-calls';

// struct mmsghdr: a msghdr, and how many bytes came or went.
const HEADER_BYTES = 64;
const NAME = 0;
const NAME_LENGTH = 8;
const IOVEC = 16;
const IOVEC_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const BYTES = 56;
const IOVEC_BYTES = 16;
/** Room for a sockaddr_in6. */
export const NAME_BYTES = 32;
// struct cmsghdr, then data, each rounded up to 8.
const CMSG_HEADER_BYTES = 16;

/** So many messages go through one call. */
export const BATCH = 64;
/**
 * Room for the payload of a message that comes in: the largest datagram, or what GRO makes of many. The odd rest keeps the
 * buffers out of each other's cache lines.
 */
export const SLOT_BYTES = 65_536 + 4160;
/** Room for every control message that may come with a datagram: with IPv4 on a socket of both families they take 208. */
export const CONTROL_BYTES = 256;

/** Messages for one `sendmmsg` or `recvmmsg`: headers, addresses and control data in one piece of memory. */
export class MessageVector {
  readonly memory: Memory;
  readonly count: number;
  readonly #controlBytes: number;
  readonly #names: number;
  readonly #iovecs: number;
  readonly #controls: number;

  constructor(native: Native, count: number, controlBytes: number) {
    this.count = count;
    this.#controlBytes = controlBytes;
    this.#iovecs = count * HEADER_BYTES;
    this.#names = this.#iovecs + count * IOVEC_BYTES;
    this.#controls = this.#names + count * NAME_BYTES;
    this.memory = new Memory(native, this.#controls + count * controlBytes);
    for (let i = 0; i < count; i++) {
      const at = i * HEADER_BYTES;
      this.memory.setU64(at + IOVEC, this.memory.address + this.#iovecs + i * IOVEC_BYTES);
      this.memory.setU64(at + IOVEC_COUNT, 1);
    }
  }

  get address(): number {
    return this.memory.address;
  }

  addressFrom(i: number): number {
    return this.memory.address + i * HEADER_BYTES;
  }

  /** Where the payload of message `i` lies. */
  setPayload(i: number, address: number, length: number): void {
    const at = this.#iovecs + i * IOVEC_BYTES;
    this.memory.setU64(at, address);
    this.memory.setU64(at + 8, length);
  }

  /** Message `i` is made of the payloads that were set for `first` and those behind it. */
  setParts(i: number, first: number, count: number): void {
    const at = i * HEADER_BYTES;
    this.memory.setU64(at + IOVEC, this.memory.address + this.#iovecs + first * IOVEC_BYTES);
    this.memory.setU64(at + IOVEC_COUNT, count);
  }

  /** Where the address of message `i` is written or read, within the memory. */
  nameAt(i: number): number {
    return this.#names + i * NAME_BYTES;
  }

  /** `length` 0: none is given or wanted. */
  setName(i: number, length: number): void {
    const at = i * HEADER_BYTES;
    this.memory.setU64(at + NAME, length === 0 ? 0 : this.memory.address + this.nameAt(i));
    this.memory.setU32(at + NAME_LENGTH, length);
  }

  nameLength(i: number): number {
    return this.memory.u32(i * HEADER_BYTES + NAME_LENGTH);
  }

  /** Makes message `i` ready to receive again: the system has written over the lengths. */
  readyToReceive(i: number, nameBytes: number): void {
    const at = i * HEADER_BYTES;
    this.setName(i, nameBytes);
    this.memory.setU64(at + CONTROL, this.memory.address + this.#controls + i * this.#controlBytes);
    this.memory.setU64(at + CONTROL_LENGTH, this.#controlBytes);
    this.memory.setU32(at + FLAGS, 0);
  }

  /** Empties the control data of message `i`. */
  clearControl(i: number): void {
    this.memory.setU64(i * HEADER_BYTES + CONTROL, 0);
    this.memory.setU64(i * HEADER_BYTES + CONTROL_LENGTH, 0);
  }

  /** Adds a control message that holds one number, of 32 bits or of so many bytes. */
  addControl(i: number, level: number, type: number, value: number, bytes = 4): void {
    this.memory.setU64(this.roomForControl(i, level, type, bytes), value);
  }

  /** Adds a control message for so many bytes of data; where in the memory these are to be written. */
  roomForControl(i: number, level: number, type: number, bytes: number): number {
    const header = i * HEADER_BYTES;
    const used = this.memory.u32(header + CONTROL_LENGTH);
    const at = this.#controls + i * this.#controlBytes + used;
    this.memory.setU64(at, CMSG_HEADER_BYTES + bytes);
    this.memory.setU32(at + 8, level);
    this.memory.setU32(at + 12, type);
    this.memory.setU64(header + CONTROL, this.memory.address + this.#controls + i * this.#controlBytes);
    this.memory.setU64(header + CONTROL_LENGTH, used + CMSG_HEADER_BYTES + ((bytes + 7) & ~7));
    return at + CMSG_HEADER_BYTES;
  }

  /** How many bytes of message `i` came or went. */
  transferred(i: number): number {
    return this.memory.u32(i * HEADER_BYTES + BYTES);
  }

  /** Where the control messages that came with message `i` lie: from the first to the end, each behind the other. */
  firstControl(i: number): number {
    return this.#controls + i * this.#controlBytes;
  }

  controlEnd(i: number): number {
    // One that is cut off is none.
    return this.firstControl(i) + this.memory.u32(i * HEADER_BYTES + CONTROL_LENGTH) - CMSG_HEADER_BYTES + 1;
  }

  controlLevel(at: number): number {
    return this.memory.u32(at + 8);
  }

  controlType(at: number): number {
    return this.memory.u32(at + 12);
  }

  /** Where the data of the control message at `at` begins. */
  controlData(at: number): number {
    return at + CMSG_HEADER_BYTES;
  }

  /** The one behind that at `at`; `end` when there is none, or its length cannot be. */
  nextControl(at: number, end: number): number {
    const length = this.memory.u32(at);
    return length < CMSG_HEADER_BYTES || length > this.#controlBytes ? end : at + ((length + 7) & ~7);
  }
}
