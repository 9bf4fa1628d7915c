import type { Endpoint } from '../address';
import type { PathState } from '../sockets';
import { IP_TOS, IPV6_TCLASS, SHUT_RDWR, SHUT_WR, SO_MAX_PACING_RATE, SOL_IP, SOL_IPV6, SOL_SOCKET } from './abi';
import { ConnectionSilence } from './connection-silence';
import { Memory } from './memory';
import { ADDRESS_BYTES, readAddress } from './socket-address';
import type { Native } from './system-calls';
import { INFO, TcpInfo } from './tcp-info';

const MAX_RATE = 2 ** 53 - 1;

/** An open TCP connection by its descriptor, and what is set and asked of it beside its bytes. */
export class TcpDescriptor {
  readonly fd: number;
  readonly #native: Native;
  readonly #word: Memory;
  readonly #info: TcpInfo;
  readonly #silence: ConnectionSilence;
  #isClosed = false;

  constructor(native: Native, fd: number) {
    this.fd = fd;
    this.#native = native;
    this.#word = new Memory(native, 8);
    this.#info = new TcpInfo(native);
    this.#silence = new ConnectionSilence(native);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The own address and port, or the peer's; empty when the connection has ended already. */
  endpoint(call: 'getsockname' | 'getpeername'): Endpoint {
    const name = new Memory(this.#native, ADDRESS_BYTES + 8);
    name.setU32(ADDRESS_BYTES, ADDRESS_BYTES);
    const result = this.#native.calls[call](this.fd, name.address, name.address + ADDRESS_BYTES);
    return result < 0 ? { address: '', port: 0 } : readAddress(name, 0, this.#native);
  }

  /** Of the two options one fits the family of the socket; IPv4 on an IPv6 socket heeds both. */
  mark(dscp: number): void {
    this.#word.setU32(0, dscp << 2);
    const { calls } = this.#native;
    calls.setsockopt(this.fd, SOL_IP, IP_TOS, this.#word.address, 4);
    calls.setsockopt(this.fd, SOL_IPV6, IPV6_TCLASS, this.#word.address, 4);
  }

  pathState(): PathState | undefined {
    const info = this.#info;
    if (this.#isClosed || !info.read(this.fd)) return undefined;
    return {
      retransmits: info.field(INFO.totalRetrans),
      rttNs: info.field(INFO.rttUs) * 1e3,
      cwndBytes: info.field(INFO.sndCwnd) * info.field(INFO.sndMss),
      mssBytes: info.field(INFO.sndMss),
      pathMtuBytes: info.field(INFO.pmtu),
    };
  }

  limitSilence(ms: number): void {
    if (!this.#isClosed) this.#silence.limit(this.fd, ms);
  }

  unheardMs(): number | undefined {
    return this.#isClosed ? undefined : this.#silence.unheardMs(this.fd);
  }

  limitRate(bytesPerSecond: number): void {
    if (this.#isClosed) return;
    this.#word.setU64(0, Math.min(Math.ceil(bytesPerSecond), MAX_RATE));
    this.#native.calls.setsockopt(this.fd, SOL_SOCKET, SO_MAX_PACING_RATE, this.#word.address, 8);
  }

  /** The peer learns that nothing more is sent. */
  end(): void {
    if (!this.#isClosed) this.#native.calls.shutdown(this.fd, SHUT_WR);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // The connection has another descriptor, which Node keeps: without this it would stay open.
    this.#native.calls.shutdown(this.fd, SHUT_RDWR);
    this.#native.calls.close(this.fd);
  }
}
