import type { Native } from './system-calls';

/** A piece of memory that the system reads and writes, with its address. It stays where it is as long as this object lives. */
export class Memory {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** The same in 32-bit words of the host's byte order, which is little-endian. */
  readonly words: Uint32Array;

  constructor(native: Native, size: number) {
    const buffer = new ArrayBuffer((size + 7) & ~7);
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.address = native.addressOf(this.bytes);
  }

  u16(at: number): number {
    return (this.bytes[at] as number) | ((this.bytes[at + 1] as number) << 8);
  }

  setU16(at: number, value: number): void {
    this.bytes[at] = value;
    this.bytes[at + 1] = value >>> 8;
  }

  /** `at` must be a multiple of 4. */
  u32(at: number): number {
    return this.words[at >>> 2] as number;
  }

  setU32(at: number, value: number): void {
    this.words[at >>> 2] = value;
  }

  /** An unsigned number below 2^53. `at` must be a multiple of 4. */
  setU64(at: number, value: number): void {
    this.words[at >>> 2] = value % 2 ** 32;
    this.words[(at >>> 2) + 1] = Math.floor(value / 2 ** 32);
  }

  /** A signed number between -2^53 and 2^53. `at` must be a multiple of 4. */
  i64(at: number): number {
    return ((this.words[(at >>> 2) + 1] as number) | 0) * 2 ** 32 + (this.words[at >>> 2] as number);
  }
}
