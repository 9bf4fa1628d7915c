import type { Endpoint } from '../address';
import type { Granted, StreamSettings } from '../settings';
import type { PathState } from '../sockets';
import { SHUT_RDWR, SHUT_WR } from './abi';
import { ConnectionSettings } from './connection-settings';
import { ConnectionSilence } from './connection-silence';
import { Memory } from './memory';
import { limitRate } from './pacing';
import { ADDRESS_BYTES, readAddress } from './socket-address';
import type { Native } from './system-calls';
import { INFO, TcpInfo } from './tcp-info';

/** An open TCP connection by its descriptor, and what is set and asked of it beside its bytes. */
export class TcpDescriptor {
  readonly fd: number;
  readonly #native: Native;
  readonly #settings: ConnectionSettings;
  readonly #info: TcpInfo;
  readonly #silence: ConnectionSilence;
  #maxRate = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(native: Native, fd: number) {
    this.fd = fd;
    this.#native = native;
    this.#settings = new ConnectionSettings(native);
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

  /** Throws `TransportError` where the system refuses one of them. Tells what it grants. */
  apply(settings: StreamSettings): Granted {
    this.#settings.apply(this.fd, settings);
    this.#maxRate = settings.pacingBytesPerSecond ?? this.#maxRate;
    return this.#settings.granted(this.fd);
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
      congestion: this.#settings.congestion(this.fd),
    };
  }

  limitSilence(ms: number): void {
    if (!this.#isClosed) this.#silence.limit(this.fd, ms);
  }

  unheardMs(): number | undefined {
    return this.#isClosed ? undefined : this.#silence.unheardMs(this.fd);
  }

  limitRate(bytesPerSecond: number): void {
    if (!this.#isClosed) limitRate(this.#native, this.fd, Math.min(bytesPerSecond, this.#maxRate));
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
