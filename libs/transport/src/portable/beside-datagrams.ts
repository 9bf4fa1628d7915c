import type { RemoteInfo, Socket } from 'node:dgram';
import type { Instant } from '@pathgauge/units';
import type { Endpoint } from '../address';
import type { DatagramBatch, DatagramSocket, RefusalHandler, SendOutcome } from '../sockets';
import { Arrivals } from './arrivals';
import type { Reading } from './reading';
import { Sending } from './sending';

/** What a socket beside another has of it. */
type BesideHost = Pick<DatagramSocket, 'local' | 'receiveBufferBytes' | 'sendBufferBytes' | 'dropped'>;

/** A view of a bound socket: what comes to that one from one peer, and goes there. Node cannot open a second socket on its port. */
export class BesideDatagrams implements DatagramSocket {
  readonly sendTimestamps = 'user';
  readonly receiveTimestamps = 'user';
  readonly offloads = [];
  readonly local: Endpoint;
  readonly receiveBufferBytes: number | undefined;
  readonly sendBufferBytes: number | undefined;
  readonly #host: BesideHost;
  readonly #peer: Endpoint;
  readonly #arrivals: Arrivals;
  readonly #sending: Sending;
  readonly #onClosed: () => void;
  #onRefused: RefusalHandler = () => {};
  #closed = false;

  constructor(host: BesideHost, socket: Socket, peer: Endpoint, reading: Reading, onClosed: () => void) {
    this.#host = host;
    this.local = host.local;
    this.receiveBufferBytes = host.receiveBufferBytes;
    this.sendBufferBytes = host.sendBufferBytes;
    this.#peer = peer;
    this.#arrivals = new Arrivals(this, reading);
    this.#sending = new Sending(socket, () => {});
    this.#onClosed = onClosed;
  }

  get backlog(): number {
    return this.#sending.backlog;
  }

  /** Those of others that share the socket count in. */
  dropped(): number | undefined {
    return this.#closed ? undefined : this.#host.dropped();
  }

  pathMtuBytes(): undefined {}

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#arrivals.onBatch(handler);
  }

  /** Of a socket that is not connected the system tells nothing. */
  onError(): void {}

  onRefused(handler: RefusalHandler): void {
    this.#onRefused = handler;
  }

  onStamp(): void {}

  send(payload: Uint8Array): void {
    this.#sending.send(payload, this.#peer, (...refused) => this.#onRefused(...refused));
  }

  sendMany(bytes: Uint8Array, length: number, _to: Endpoint | undefined, onOutcome: SendOutcome): void {
    this.#sending.sendMany(bytes, length, this.#peer, onOutcome);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrivals.close();
    this.#sending.close();
    this.#onClosed();
  }

  /** A datagram of its peer came to the bound socket. */
  take(payload: Uint8Array, arrival: Instant, source: RemoteInfo): void {
    this.#arrivals.take(payload, arrival, source);
  }
}
