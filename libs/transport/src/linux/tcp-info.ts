import { SOL_TCP, TCP_INFO } from './abi';
import { Memory } from './memory';
import type { Native } from './system-calls';

const INFO_BYTES = 256;

/** Where the fields of struct tcp_info stand that are of interest here, from linux/tcp.h. */
export const INFO = {
  sndMss: 16,
  /** Milliseconds since the last acknowledgement came. */
  lastAckRecvMs: 56,
  pmtu: 60,
  rttUs: 68,
  sndCwnd: 80,
  totalRetrans: 100,
} as const;

/** What the system knows of a TCP connection. */
export class TcpInfo {
  readonly #native: Native;
  /** The length, and the structure behind it. */
  readonly #memory: Memory;

  constructor(native: Native) {
    this.#native = native;
    this.#memory = new Memory(native, 8 + INFO_BYTES);
  }

  /** Asks the system. Whether it has answered; `field` reads the answer. */
  read(fd: number): boolean {
    const { address } = this.#memory;
    this.#memory.setU32(0, INFO_BYTES);
    return this.#native.calls.getsockopt(fd, SOL_TCP, TCP_INFO, address + 8, address) >= 0;
  }

  field(at: number): number {
    return this.#memory.u32(8 + at);
  }
}
