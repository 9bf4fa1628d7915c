import type { RemoteInfo } from 'node:dgram';
import type { Instant } from '@pathgauge/units';
import { type Endpoint, unmapped } from '../address';
import type { DatagramBatch, DatagramSocket, TimestampSource } from '../sockets';
import type { Reading } from './reading';

/** A datagram that came in, and where from. */
interface Arrived {
  readonly payload: Uint8Array;
  readonly arrival: Instant;
  readonly source: RemoteInfo;
}

/** What one turn of the event loop brings in for a socket is one batch. */
export class Arrivals {
  readonly #batch: ArrivalBatch;
  readonly #reading: Reading;
  #onBatch: ((batch: DatagramBatch) => void) | undefined;
  #isScheduled = false;
  #closed = false;

  constructor(socket: DatagramSocket, reading: Reading) {
    this.#batch = new ArrivalBatch(socket);
    this.#reading = reading;
  }

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#onBatch = handler;
  }

  take(payload: Uint8Array, arrival: Instant, source: RemoteInfo): void {
    this.#batch.arrived.push({ payload, arrival, source });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flush);
  }

  close(): void {
    this.#closed = true;
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#reading.note(this.#batch.count);
    if (!this.#closed) this.#onBatch?.(this.#batch);
    this.#batch.arrived.length = 0;
  };
}

class ArrivalBatch implements DatagramBatch {
  readonly arrived: Arrived[] = [];
  readonly socket: DatagramSocket;

  constructor(socket: DatagramSocket) {
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
