import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Instant } from '@pathgauge/units';
import { type Endpoint, unmapped } from '../address';
import type { Clock } from '../clock';
import { codeOf, ICMP_CODES, transportError } from '../errors';
import type {
  DatagramBatch,
  DatagramOptions,
  DatagramSocket,
  EarlierHandler,
  RefusalHandler,
  SendOutcome,
  TimestampSource,
} from '../transport';
import type { Reading } from './reading';
import { droppedAt } from './socket-table';

/** A full socket buffer for the bursts that a busy event loop lets pile up; the system may grant less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** So often in a row the failure of a send may be about an earlier datagram: see `Transmission` of the linux transport. */
const MAX_PENDING = 3;

/** A datagram that came in, and where from. */
interface Arrived {
  readonly payload: Uint8Array;
  readonly arrival: Instant;
  readonly source: RemoteInfo;
}

/** node:dgram behind the batch interface: what one turn of the event loop brings in is one batch. */
export class PortableDatagrams implements DatagramSocket {
  readonly sendTimestamps = 'user';
  readonly receiveTimestamps = 'user';
  readonly offloads = [];
  readonly receiveBufferBytes: number | undefined;
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #batch: ArrivalBatch;
  readonly #reading: Reading;
  #onBatch: ((batch: DatagramBatch) => void) | undefined;
  #onError: EarlierHandler | undefined;
  #onRefused: RefusalHandler | undefined;
  #backlog = 0;
  #scheduled = false;
  #closed = false;

  private constructor(socket: Socket, clock: Clock, reading: Reading) {
    this.#reading = reading;
    const { address, port } = socket.address();
    this.local = { address: unmapped(address), port };
    this.#socket = socket;
    // Linux tells twice what it grants: the other half is for its own bookkeeping.
    this.receiveBufferBytes = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
    this.#batch = new ArrivalBatch(this);
    socket.removeAllListeners('error');
    socket.on('error', (error) => this.#onError?.(error, undefined));
    socket.on('message', (payload: Buffer, source: RemoteInfo) => {
      // Port 0 exists on the wire but cannot be answered.
      if (source.port === 0) return;
      this.#batch.arrived.push({ payload, arrival: clock.now(), source });
      if (!this.#scheduled) {
        this.#scheduled = true;
        setImmediate(this.#flush);
      }
    });
  }

  static async connect(
    peer: Endpoint,
    options: DatagramOptions,
    clock: Clock,
    reading: Reading,
  ): Promise<PortableDatagrams> {
    const socket = newSocket(isIPv6(peer.address));
    return settle(socket, `cannot send to ${peer.address}`, async () => {
      if (options.bind !== undefined) await bind(socket, options.bind);
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.connect(peer.port, peer.address, ((error?: Error) => (error ? reject(error) : resolve())) as () => void);
      });
      if (options.ttl !== undefined) socket.setTTL(options.ttl);
      return new PortableDatagrams(socket, clock, reading);
    });
  }

  /** A socket of one address, whose port nobody else can bind. */
  static async bind(own: Endpoint, clock: Clock, reading: Reading): Promise<PortableDatagrams> {
    const socket = newSocket(isIPv6(own.address));
    return settle(socket, `cannot listen on UDP port ${own.port} of ${own.address}`, async () => {
      await bind(socket, own);
      return new PortableDatagrams(socket, clock, reading);
    });
  }

  get backlog(): number {
    return this.#backlog;
  }

  dropped(): number | undefined {
    return this.#closed ? undefined : droppedAt(this.local);
  }

  /** Node does not tell. */
  pathMtuBytes(): undefined {
    return undefined;
  }

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#onBatch = handler;
  }

  onError(handler: EarlierHandler): void {
    this.#onError = handler;
  }

  onRefused(handler: RefusalHandler): void {
    this.#onRefused = handler;
  }

  /** Node does not tell when a datagram left. */
  onStamp(): void {}

  send(payload: Uint8Array, to?: Endpoint): void {
    if (this.#closed) return;
    this.#handOver(payload, to, (error) => {
      if (error !== undefined && !this.#closed) this.#onRefused?.(payload, error);
    });
  }

  /** One at a time: Node tells of each when this call has ended, and those behind a refused one must not be sent. */
  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    if (this.#closed || bytes.length < length) {
      onOutcome(0, 0, undefined);
      return;
    }
    this.#handOver(bytes.subarray(0, length), to, (error) => onOutcome(error ? 0 : 1, error ? 1 : 0, error));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  /** Hands a datagram to the system; `onSettled` hears, after this call, why it was not sent, or that it was. */
  #handOver(payload: Uint8Array, to: Endpoint | undefined, onSettled: (error: Error | undefined) => void): void {
    let tries = 0;
    let pending: Error | undefined;
    const settle = (error: Error | null): void => {
      if (pending !== undefined && codeOf(error) !== codeOf(pending)) this.#tellEarlier(pending);
      if (error && ++tries < MAX_PENDING && ICMP_CODES.has(codeOf(error)) && !this.#closed) {
        pending = error;
        this.#attempt(payload, to, settle);
        return;
      }
      this.#backlog--;
      onSettled(error ?? undefined);
    };
    this.#backlog++;
    this.#attempt(payload, to, settle);
  }

  #attempt(payload: Uint8Array, to: Endpoint | undefined, onSent: (error: Error | null) => void): void {
    try {
      if (to === undefined) this.#socket.send(payload, onSent);
      else this.#socket.send(payload, to.port, to.address, onSent);
    } catch (error) {
      process.nextTick(onSent, error);
    }
  }

  #tellEarlier(error: Error): void {
    if (!this.#closed) this.#onError?.(error, undefined);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    this.#reading.note(this.#batch.count);
    if (!this.#closed) this.#onBatch?.(this.#batch);
    this.#batch.arrived.length = 0;
  };
}

class ArrivalBatch implements DatagramBatch {
  readonly arrived: Arrived[] = [];
  readonly socket: PortableDatagrams;

  constructor(socket: PortableDatagrams) {
    this.socket = socket;
  }

  get count(): number {
    return this.arrived.length;
  }

  payload(i: number): Uint8Array {
    return (this.arrived[i] as Arrived).payload;
  }

  segmentBytes(i: number): number {
    return this.payload(i).length;
  }

  arrivalSource(): TimestampSource {
    return 'user';
  }

  hopLimit(): undefined {
    return undefined;
  }

  trafficClass(): undefined {
    return undefined;
  }

  arrival(i: number): Instant {
    return (this.arrived[i] as Arrived).arrival;
  }

  source(i: number): Endpoint {
    const { address, port } = (this.arrived[i] as Arrived).source;
    return { address: unmapped(address), port };
  }

  destination(): string {
    return this.socket.local.address;
  }

  reply(i: number, payload: Uint8Array): void {
    this.socket.send(payload, (this.arrived[i] as Arrived).source);
  }
}

/** Not shared (`SO_REUSEADDR`): another program could bind its port as well. */
function newSocket(six: boolean): Socket {
  return createSocket({
    type: six ? 'udp6' : 'udp4',
    ...(six ? { ipv6Only: true } : {}),
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    // Only addresses come here; Node's own look-up would delay each send by a turn of the event loop.
    lookup: (address, _options, callback) => callback(null, address, six ? 6 : 4),
  });
}

function bind(socket: Socket, to: { readonly address?: string | undefined; readonly port?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port: to.port ?? 0, ...(to.address === undefined ? {} : { address: to.address }) }, resolve);
  });
}

/** Runs `open`; when it fails, the socket is closed and the failure put in words. */
async function settle<T>(socket: Socket, doing: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    socket.removeAllListeners('error');
    socket.on('error', () => {});
    socket.close();
    throw transportError(doing, error);
  }
}
