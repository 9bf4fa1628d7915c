import { SO_KEEPALIVE, SOL_SOCKET, SOL_TCP, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_USER_TIMEOUT } from './abi';
import { Memory } from './memory';
import type { Native } from './system-calls';
import { INFO, TcpInfo } from './tcp-info';

/** The system cannot ask more often. */
const ASK_EVERY_S = 1;

/** What the system does, and knows, when a peer's system falls silent on a connection. */
export class ConnectionSilence {
  readonly #native: Native;
  readonly #word: Memory;
  readonly #info: TcpInfo;

  constructor(native: Native) {
    this.#native = native;
    this.#word = new Memory(native, 8);
    this.#info = new TcpInfo(native);
  }

  /** Ends a connection on which nothing is acknowledged for `ms`, be it data or the question whether the peer is there. */
  limit(fd: number, ms: number): void {
    this.#set(fd, SOL_TCP, TCP_USER_TIMEOUT, ms);
    this.#set(fd, SOL_TCP, TCP_KEEPIDLE, ASK_EVERY_S);
    this.#set(fd, SOL_TCP, TCP_KEEPINTVL, ASK_EVERY_S);
    this.#set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  }

  /** How long ago the peer's system last acknowledged something; undefined when the own one does not say. */
  unheardMs(fd: number): number | undefined {
    return this.#info.read(fd) ? this.#info.field(INFO.lastAckRecvMs) : undefined;
  }

  #set(fd: number, level: number, name: number, value: number): void {
    this.#word.setU32(0, value);
    this.#native.calls.setsockopt(fd, level, name, this.#word.address, 4);
  }
}
