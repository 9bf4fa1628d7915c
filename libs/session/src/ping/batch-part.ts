import type { DatagramBatch, DatagramSocket, Endpoint, TimestampSource } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';

/** Some of the datagrams of a batch, in their order. Used again for the next batch. */
export class BatchPart implements DatagramBatch {
  #whole: DatagramBatch | undefined;
  readonly #places: number[] = [];
  #count = 0;

  /** Begins anew, with none of the datagrams of `whole`. */
  begin(whole: DatagramBatch): void {
    this.#whole = whole;
    this.#count = 0;
  }

  add(place: number): void {
    this.#places[this.#count++] = place;
  }

  get count(): number {
    return this.#count;
  }

  get socket(): DatagramSocket {
    return this.#batch.socket;
  }

  payload(i: number): Uint8Array {
    return this.#batch.payload(this.#placeOf(i));
  }

  segmentBytes(i: number): number {
    return this.#batch.segmentBytes(this.#placeOf(i));
  }

  arrival(i: number): Instant {
    return this.#batch.arrival(this.#placeOf(i));
  }

  arrivalSource(i: number): TimestampSource {
    return this.#batch.arrivalSource(this.#placeOf(i));
  }

  source(i: number): Endpoint {
    return this.#batch.source(this.#placeOf(i));
  }

  destination(i: number): string | undefined {
    return this.#batch.destination(this.#placeOf(i));
  }

  hopLimit(i: number): number | undefined {
    return this.#batch.hopLimit(this.#placeOf(i));
  }

  trafficClass(i: number): number | undefined {
    return this.#batch.trafficClass(this.#placeOf(i));
  }

  reply(i: number, payload: Uint8Array, dscp?: number): void {
    this.#batch.reply(this.#placeOf(i), payload, dscp);
  }

  get #batch(): DatagramBatch {
    return this.#whole as DatagramBatch;
  }

  #placeOf(i: number): number {
    return this.#places[i] as number;
  }
}
