import type { Instant } from '@pathgauge/units';
import { type Endpoint, endpointText } from '../address';
import { transportError } from '../errors';
import type { Granted, StreamSettings } from '../settings';
import { type Discard, MIN_DISCARDED_BYTES, type PathState, type StreamSocket } from '../sockets';
import { EAGAIN, EINTR, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC } from './abi';
import type { LinuxContext } from './linux-context';
import type { Memory } from './memory';
import type { OwnedSource } from './source';
import { systemError } from './system-calls';
import { TcpDescriptor } from './tcp-descriptor';

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
export class LinuxStream implements StreamSocket, OwnedSource {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly granted: Granted;
  readonly #context: LinuxContext;
  readonly #tcp: TcpDescriptor;
  readonly #writes: Write[] = [];
  #onData: ((chunk: Uint8Array, arrival: Instant) => void) | undefined;
  #discard: Discard | undefined;
  #onClose: ((error: Error | undefined) => void) | undefined;
  #error: Error | undefined;
  #isEnding = false;

  /** Takes over `fd`, which from now on is closed here. Throws `TransportError` where the system refuses a setting. */
  constructor(context: LinuxContext, fd: number, settings: StreamSettings = {}) {
    this.#context = context;
    this.#tcp = new TcpDescriptor(context.native, fd);
    this.local = this.#tcp.endpoint('getsockname');
    this.remote = this.#tcp.endpoint('getpeername');
    this.granted = this.#begun(settings);
  }

  get fd(): number {
    return this.#tcp.fd;
  }

  get isRare(): boolean {
    return false;
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
    if (this.#tcp.isClosed) handler(this.#error);
  }

  write(bytes: Uint8Array, done?: (taken: boolean) => void): void {
    if (this.#tcp.isClosed || this.#isEnding) {
      this.#context.poller.soon(() => done?.(false));
      return;
    }
    this.#writes.push({ bytes, address: this.#context.native.addressOf(bytes), done, sent: 0 });
    if (this.#writes.length === 1) this.#context.poller.soon(() => this.#flush());
  }

  pathState(): PathState | undefined {
    return this.#tcp.pathState();
  }

  limitSilence(ms: number): void {
    this.#tcp.limitSilence(ms);
  }

  unheardMs(): number | undefined {
    return this.#tcp.unheardMs();
  }

  limitRate(bytesPerSecond: number): void {
    this.#tcp.limitRate(bytesPerSecond);
  }

  /** It has been taken over once already. */
  descriptor(): undefined {
    return undefined;
  }

  end(): void {
    this.#isEnding = true;
    this.#endIfWritten();
  }

  destroy(): void {
    this.close();
  }

  close(): void {
    if (!this.#tcp.isClosed) this.#close(undefined);
  }

  onReady(): void {
    if (this.#writes.length > 0) this.#flush();
    this.#read();
  }

  #begun(settings: StreamSettings): Granted {
    try {
      const granted = this.#tcp.apply(settings);
      this.#context.poller.add(this);
      return granted;
    } catch (error) {
      this.#tcp.close();
      throw error;
    }
  }

  /** Reads what has come, into memory that the thread lends meanwhile. */
  #read(): void {
    const { reads } = this.#context.memory;
    const buffer = reads.take();
    try {
      for (let call = 0; call < CALLS_PER_TURN && this.#readOnce(buffer); call++);
    } finally {
      reads.giveBack(buffer);
    }
  }

  /** Whether there may be more. */
  #readOnce(buffer: Memory): boolean {
    if (this.#tcp.isClosed) return false;
    const { calls } = this.#context.native;
    const unwanted = this.#discard?.unwanted ?? 0;
    const discards = unwanted >= MIN_DISCARDED_BYTES;
    const room = buffer.bytes.length;
    const most = discards ? Math.min(unwanted, MAX_DISCARDED_BYTES) : Math.min(this.#discard?.wanted ?? room, room);
    const got = discards
      ? calls.recv(this.fd, 0, most, MSG_DONTWAIT | MSG_TRUNC)
      : calls.recv(this.fd, buffer.address, most, MSG_DONTWAIT);
    if (got === -EAGAIN || got === -EINTR) return false;
    if (got <= 0) {
      this.#close(got === 0 ? undefined : this.#failure('recv', got));
      return false;
    }
    const arrival = this.#context.clock.now();
    if (discards) this.#discard?.skip(got, arrival);
    else this.#onData?.(buffer.bytes.subarray(0, got), arrival);
    // There is no more for now: the poller says when there is, without another call in vain.
    return got === most;
  }

  #flush(): void {
    for (let call = 0; call < CALLS_PER_TURN && !this.#tcp.isClosed; call++) {
      const write = this.#writes[0];
      if (write === undefined) break;
      const sent = this.#send(write);
      if (sent === -EAGAIN || sent === -EINTR) return;
      if (sent < 0) {
        this.#close(this.#failure('send', sent));
        return;
      }
      write.sent += sent;
      if (write.sent < write.bytes.length) continue;
      this.#writes.shift();
      write.done?.(true);
    }
    if (this.#isEnding) this.#endIfWritten();
  }

  #send({ bytes, address, sent }: Write): number {
    const left = bytes.length - sent;
    if (left === 0) return 0;
    return this.#context.native.calls.send(this.fd, address + sent, left, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  #endIfWritten(): void {
    if (this.#writes.length === 0) this.#tcp.end();
  }

  #failure(call: string, result: number): Error {
    return transportError(endpointText(this.remote), systemError(call, result));
  }

  #close(error: Error | undefined): void {
    this.#error = error;
    this.#context.poller.remove(this);
    this.#tcp.close();
    const writes = this.#writes.splice(0);
    this.#context.poller.soon(() => {
      for (const { done } of writes) done?.(false);
      this.#onClose?.(this.#error);
    });
  }
}
