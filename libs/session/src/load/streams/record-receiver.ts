import { RECORD_HEADER, type RecordHeader, RecordReader } from '@pathgauge/protocol';
import type { Instant, WallMap } from '@pathgauge/units';
import type { ReceivedMeter } from './received-meter';

// Copying shorter ones is cheaper than a system call of their own for each.
const MIN_DISCARDED_BYTES = 8 * 1024;

/** Takes in a TCP stream of records; each is measured when its last byte has arrived. */
export class RecordReceiver {
  readonly #meter: ReceivedMeter;
  readonly #wall: WallMap;
  readonly #reader = new RecordReader((header) => this.#record(header));
  readonly #wanted: number;
  #arrival = 0 as Instant;
  #next = 0;
  #complete = false;

  /** `length`: of a record, as agreed; what really comes may differ. */
  constructor(meter: ReceivedMeter, wall: WallMap, length: number) {
    this.#meter = meter;
    this.#wall = wall;
    this.#wanted = length < MIN_DISCARDED_BYTES ? Number.POSITIVE_INFINITY : RECORD_HEADER.size;
  }

  /** How many bytes of payload are still to come of the record in hand. */
  get unwanted(): number {
    return this.#reader.payloadLeft;
  }

  /**
   * How far to read where bytes are handed up: to the end of the next header and no further, where the payload behind that is
   * large enough to be thrown away. The rest of a payload that is too small for that comes along.
   */
  get wanted(): number {
    return this.#reader.payloadLeft + this.#wanted;
  }

  /** So many bytes of payload came and were thrown away. */
  skip(count: number, arrival: Instant): void {
    this.#arrival = arrival;
    this.#meter.arrived(count, arrival);
    this.#reader.skip(count);
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
    this.#meter.messages(this.#next++, 1, this.#wall.fromPeer(sent), this.#arrival);
    if (last) this.#complete = true;
  }
}
