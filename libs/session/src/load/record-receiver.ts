import { type RecordHeader, RecordReader } from '@pathgauge/protocol';
import type { Instant, WallMap } from '@pathgauge/units';
import type { StreamMeter } from './stream-meter';

/** Takes in a TCP stream of records; each is measured when its last byte has arrived. */
export class RecordReceiver {
  readonly #meter: StreamMeter;
  readonly #wall: WallMap;
  readonly #reader = new RecordReader((header) => this.#record(header));
  #arrival = 0 as Instant;
  #next = 0;
  #complete = false;

  constructor(meter: StreamMeter, wall: WallMap) {
    this.#meter = meter;
    this.#wall = wall;
  }

  /** Whether the last record of the stream has arrived. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Returns what is wrong with the bytes, if anything; the stream is then of no further use. */
  receive(chunk: Uint8Array, arrival: Instant): string | undefined {
    this.#arrival = arrival;
    this.#meter.arrived(chunk.length, arrival);
    return this.#reader.push(chunk);
  }

  #record({ last, sent }: RecordHeader): void {
    // TCP keeps the order: counting gives the number without its wrap.
    this.#meter.message(this.#next++, this.#wall.fromPeer(sent), this.#arrival);
    if (last) this.#complete = true;
  }
}
