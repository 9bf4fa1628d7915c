import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Endpoint, unmapped } from '../address';
import type { Clock } from '../clock';
import { transportError } from '../errors';
import type { BoundAddress } from '../role';
import type {
  DatagramBatch,
  DatagramOptions,
  DatagramSocket,
  EarlierHandler,
  RefusalHandler,
  SendOutcome,
} from '../sockets';
import { Arrivals } from './arrivals';
import { BesideDatagrams } from './beside-datagrams';
import { nextSocketId, type PortableBound } from './bound-sockets';
import type { Reading } from './reading';
import { Sending } from './sending';
import { droppedAt } from './socket-table';

/** A full socket buffer for the bursts that a busy event loop lets pile up; the system may grant less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** Linux tells twice what it grants: the other half is for its own bookkeeping. */
const TOLD_OF_GRANTED = process.platform === 'linux' ? 2 : 1;

/** node:dgram behind the batch interface: what one turn of the event loop brings in is one batch. */
export class PortableDatagrams implements PortableBound {
  readonly sendTimestamps = 'user';
  readonly receiveTimestamps = 'user';
  readonly offloads = [];
  readonly receiveBufferBytes: number | undefined;
  readonly sendBufferBytes: number | undefined;
  readonly local: Endpoint;
  readonly #id = nextSocketId();
  readonly #socket: Socket;
  readonly #reading: Reading;
  readonly #arrivals: Arrivals;
  readonly #sending: Sending;
  /** Sockets beside this one, by the address of their peer, then its port. */
  readonly #beside = new Map<string, Map<number, BesideDatagrams>>();
  #onError: EarlierHandler | undefined;
  #onRefused: RefusalHandler = () => {};
  #closed = false;

  private constructor(socket: Socket, clock: Clock, reading: Reading) {
    this.#reading = reading;
    const { address, port } = socket.address();
    this.local = { address: unmapped(address), port };
    this.#socket = socket;
    this.receiveBufferBytes = socket.getRecvBufferSize() / TOLD_OF_GRANTED;
    this.sendBufferBytes = socket.getSendBufferSize() / TOLD_OF_GRANTED;
    this.#arrivals = new Arrivals(this, reading);
    this.#sending = new Sending(socket, (error) => this.#onError?.(error, undefined));
    socket.removeAllListeners('error');
    socket.on('error', (error) => this.#onError?.(error, undefined));
    socket.on('message', (payload: Buffer, source: RemoteInfo) => {
      // Port 0 exists on the wire but cannot be answered.
      if (source.port === 0) return;
      const beside = this.#beside.size === 0 ? undefined : this.#beside.get(source.address)?.get(source.port);
      (beside ?? this.#arrivals).take(payload, clock.now(), source);
    });
  }

  static async connect(
    peer: Endpoint,
    options: DatagramOptions,
    clock: Clock,
    reading: Reading,
  ): Promise<PortableDatagrams> {
    const socket = newSocket(isIPv6(peer.address), options.windowBytes);
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

  get bound(): BoundAddress {
    return { id: this.#id, local: this.local };
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get backlog(): number {
    return this.#sending.backlog;
  }

  dropped(): number | undefined {
    return this.#closed ? undefined : droppedAt(this.local);
  }

  /** Node does not tell. */
  pathMtuBytes(): undefined {
    return undefined;
  }

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#arrivals.onBatch(handler);
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
    this.#sending.send(payload, to, this.#refuse);
  }

  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    this.#sending.sendMany(bytes, length, to, onOutcome);
  }

  /** There is one address of its own. */
  beside(_address: string, peer: Endpoint): DatagramSocket {
    const ofAddress = this.#beside.get(peer.address) ?? new Map<number, BesideDatagrams>();
    const socket = new BesideDatagrams(this, this.#socket, peer, this.#reading, () => {
      if (ofAddress.get(peer.port) === socket) ofAddress.delete(peer.port);
      if (ofAddress.size === 0) this.#beside.delete(peer.address);
    });
    this.#beside.set(peer.address, ofAddress.set(peer.port, socket));
    return socket;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrivals.close();
    this.#sending.close();
    this.#socket.close();
  }

  readonly #refuse: RefusalHandler = (payload, error) => this.#onRefused(payload, error);
}

/** Not shared (`SO_REUSEADDR`): another program could bind its port as well. */
function newSocket(six: boolean, windowBytes?: number): Socket {
  return createSocket({
    type: six ? 'udp6' : 'udp4',
    ...(six ? { ipv6Only: true } : {}),
    recvBufferSize: windowBytes ?? RECEIVE_BUFFER_BYTES,
    ...(windowBytes === undefined ? {} : { sendBufferSize: windowBytes }),
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
