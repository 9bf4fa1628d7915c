import type { Instant } from '@pathgauge/units';
import { type Endpoint, endpointText } from '../address';
import { transportError } from '../errors';
import type { Discard, PathState, StreamSocket } from '../transport';
import {
  EAGAIN,
  EINTR,
  IP_TOS,
  IPV6_TCLASS,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  SHUT_RDWR,
  SHUT_WR,
  SO_MAX_PACING_RATE,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from './abi';
import { ConnectionSilence } from './connection-silence';
import type { LinuxContext } from './linux-context';
import { Memory } from './memory';
import { ADDRESS_BYTES, readAddress } from './socket-address';
import { systemError } from './system-calls';
import { INFO, TcpInfo } from './tcp-info';
import type { Source } from './watched-descriptors';

// What one call brings in, where the bytes are looked at; more does not fit the processor's cache.
const READ_BYTES = 256 * 1024;
/** From so many unwanted bytes on it pays to have the system throw them away instead of copying them. */
const MIN_DISCARDED_BYTES = 8 * 1024;
const MAX_DISCARDED_BYTES = 2 ** 30;
/** Reading and writing go on while they can, for so many calls, then it is others' turn. */
const CALLS_PER_TURN = 16;

interface Write {
  readonly bytes: Uint8Array;
  readonly address: number;
  readonly done: ((taken: boolean) => void) | undefined;
  sent: number;
}

/** An open TCP connection, taken over by its descriptor, that this process works by system calls of its own. */
export class LinuxStream implements StreamSocket, Source {
  readonly fd: number;
  readonly isRare = false;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #context: LinuxContext;
  readonly #buffer: Memory;
  readonly #word: Memory;
  readonly #info: TcpInfo;
  readonly #silence: ConnectionSilence;
  readonly #writes: Write[] = [];
  #onData: ((chunk: Uint8Array, arrival: Instant) => void) | undefined;
  #discard: Discard | undefined;
  #onClose: ((error: Error | undefined) => void) | undefined;
  #error: Error | undefined;
  #ending = false;
  #closed = false;

  /** Takes over `fd`, which from now on is closed here. */
  constructor(context: LinuxContext, fd: number, dscp?: number) {
    this.fd = fd;
    this.#context = context;
    this.#buffer = new Memory(context.native, READ_BYTES);
    this.#word = new Memory(context.native, 8);
    this.#info = new TcpInfo(context.native);
    this.#silence = new ConnectionSilence(context.native);
    this.local = this.#endpoint('getsockname');
    this.remote = this.#endpoint('getpeername');
    if (dscp !== undefined) this.#mark(dscp);
    context.poller.add(this);
  }

  get wantsWrite(): boolean {
    return this.#writes.length > 0;
  }

  onData(handler: (chunk: Uint8Array, arrival: Instant) => void, discard?: Discard): void {
    this.#onData = handler;
    this.#discard = discard;
  }

  onClose(handler: (error: Error | undefined) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#error);
  }

  write(bytes: Uint8Array, done?: (taken: boolean) => void): void {
    if (this.#closed || this.#ending) {
      this.#context.poller.soon(() => done?.(false));
      return;
    }
    this.#writes.push({ bytes, address: this.#context.native.addressOf(bytes), done, sent: 0 });
    if (this.#writes.length === 1) this.#context.poller.soon(() => this.#flush());
  }

  pathState(): PathState | undefined {
    const info = this.#info;
    if (this.#closed || !info.read(this.fd)) return undefined;
    return {
      retransmits: info.field(INFO.totalRetrans),
      rttNs: info.field(INFO.rttUs) * 1e3,
      cwndBytes: info.field(INFO.sndCwnd) * info.field(INFO.sndMss),
      mssBytes: info.field(INFO.sndMss),
      pathMtuBytes: info.field(INFO.pmtu),
    };
  }

  limitSilence(ms: number): void {
    if (!this.#closed) this.#silence.limit(this.fd, ms);
  }

  unheardMs(): number | undefined {
    return this.#closed ? undefined : this.#silence.unheardMs(this.fd);
  }

  limitRate(bytesPerSecond: number): void {
    if (this.#closed) return;
    this.#word.setU64(0, Math.min(Math.ceil(bytesPerSecond), 2 ** 53 - 1));
    this.#context.native.calls.setsockopt(this.fd, SOL_SOCKET, SO_MAX_PACING_RATE, this.#word.address, 8);
  }

  /** It has been taken over once already. */
  descriptor(): undefined {
    return undefined;
  }

  end(): void {
    this.#ending = true;
    if (this.#writes.length === 0 && !this.#closed) this.#context.native.calls.shutdown(this.fd, SHUT_WR);
  }

  destroy(): void {
    if (!this.#closed) this.#close(undefined);
  }

  onReady(): void {
    if (this.#writes.length > 0) this.#flush();
    this.#read();
  }

  #read(): void {
    const { calls } = this.#context.native;
    for (let call = 0; call < CALLS_PER_TURN && !this.#closed; call++) {
      const unwanted = this.#discard?.unwanted ?? 0;
      const discards = unwanted >= MIN_DISCARDED_BYTES;
      const most = discards
        ? Math.min(unwanted, MAX_DISCARDED_BYTES)
        : Math.min(this.#discard?.wanted ?? READ_BYTES, READ_BYTES);
      const got = discards
        ? calls.recv(this.fd, 0, most, MSG_DONTWAIT | MSG_TRUNC)
        : calls.recv(this.fd, this.#buffer.address, most, MSG_DONTWAIT);
      if (got === -EAGAIN || got === -EINTR) return;
      if (got <= 0) {
        this.#close(got === 0 ? undefined : transportError(endpointText(this.remote), systemError('recv', got)));
        return;
      }
      const arrival = this.#context.clock.now();
      if (discards) this.#discard?.skip(got, arrival);
      else this.#onData?.(this.#buffer.bytes.subarray(0, got), arrival);
      // There is no more for now: the poller says when there is, without another call in vain.
      if (got < most) return;
    }
  }

  #flush(): void {
    const { calls } = this.#context.native;
    for (let call = 0; call < CALLS_PER_TURN && !this.#closed; call++) {
      const write = this.#writes[0];
      if (write === undefined) break;
      const left = write.bytes.length - write.sent;
      const sent = left === 0 ? 0 : calls.send(this.fd, write.address + write.sent, left, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent === -EAGAIN || sent === -EINTR) return;
      if (sent < 0) {
        this.#close(transportError(endpointText(this.remote), systemError('send', sent)));
        return;
      }
      write.sent += sent;
      if (write.sent < write.bytes.length) continue;
      this.#writes.shift();
      write.done?.(true);
    }
    if (this.#ending && this.#writes.length === 0 && !this.#closed)
      this.#context.native.calls.shutdown(this.fd, SHUT_WR);
  }

  #close(error: Error | undefined): void {
    this.#closed = true;
    this.#error = error;
    this.#context.poller.remove(this);
    // The connection has another descriptor, which Node keeps: without this it would stay open.
    this.#context.native.calls.shutdown(this.fd, SHUT_RDWR);
    this.#context.native.calls.close(this.fd);
    const writes = this.#writes.splice(0);
    this.#context.poller.soon(() => {
      for (const { done } of writes) done?.(false);
      this.#onClose?.(this.#error);
    });
  }

  /** Of the two options one fits the family of the socket; IPv4 on an IPv6 socket heeds both. */
  #mark(dscp: number): void {
    this.#word.setU32(0, dscp << 2);
    const { calls } = this.#context.native;
    calls.setsockopt(this.fd, SOL_IP, IP_TOS, this.#word.address, 4);
    calls.setsockopt(this.fd, SOL_IPV6, IPV6_TCLASS, this.#word.address, 4);
  }

  #endpoint(call: 'getsockname' | 'getpeername'): Endpoint {
    const name = new Memory(this.#context.native, ADDRESS_BYTES + 8);
    name.setU32(ADDRESS_BYTES, ADDRESS_BYTES);
    const result = this.#context.native.calls[call](this.fd, name.address, name.address + ADDRESS_BYTES);
    return result < 0 ? { address: '', port: 0 } : readAddress(name, 0, this.#context.native);
  }
}
