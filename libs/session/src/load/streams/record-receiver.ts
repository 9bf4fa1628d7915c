import { RECORD_HEADER, type RecordHeader, RecordReader } from '@pathgauge/protocol';
import { MIN_DISCARDED_BYTES } from '@pathgauge/transport';
import type { Instant, WallMap } from '@pathgauge/units';
import type { ByteReceiver } from './byte-receiver';
import type { ReceivedMeter } from './received-meter';

/** Takes in a TCP stream of records; each is measured when its last byte has arrived. */
export class RecordReceiver implements ByteReceiver {
  readonly #meter: ReceivedMeter;
  readonly #wall: WallMap;
  readonly #reader = new RecordReader((header) => this.#record(header));
  readonly #wanted: number;
  /** While records of the omitted beginning come. */
  #onCounted: ((arrival: Instant) => void) | undefined;
  /** How many bytes came while it is not known that they count. */
  #uncounted = 0;
  #hasFault = false;
  #arrival = 0 as Instant;
  #next = 0;
  #isComplete = false;

  /**
   * `length`: of a record, as agreed; what really comes may differ. `onCounted`: the omitted beginning is over with what comes now;
   * undefined where there is none.
   */
  constructor(meter: ReceivedMeter, wall: WallMap, length: number, onCounted?: (arrival: Instant) => void) {
    this.#meter = meter;
    this.#wall = wall;
    this.#wanted = length < MIN_DISCARDED_BYTES ? Number.POSITIVE_INFINITY : RECORD_HEADER.size;
    this.#onCounted = onCounted;
  }

  /** Whether what comes may belong to the omitted beginning. */
  get isOmitting(): boolean {
    return this.#onCounted !== undefined;
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
    this.#came(count);
    this.#reader.skip(count);
  }

  /** Whether the last record of the stream has arrived. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** What comes behind a fault is not read any more. */
  receive(chunk: Uint8Array, arrival: Instant): string | undefined {
    if (this.#hasFault) return undefined;
    this.#arrival = arrival;
    this.#came(chunk.length);
    const fault = this.#reader.push(chunk);
    this.#hasFault = fault !== undefined;
    const { inHand } = this.#reader;
    if (this.isOmitting && inHand !== undefined && !inHand.isOmitted) this.#count();
    return fault;
  }

  #came(bytes: number): void {
    if (this.isOmitting) this.#uncounted += bytes;
    else this.#meter.arrived(bytes, this.#arrival);
  }

  #record({ last, length, sent, isOmitted }: RecordHeader): void {
    if (last) this.#isComplete = true;
    if (this.isOmitting) {
      if (isOmitted) {
        this.#uncounted -= length;
        return;
      }
      this.#count();
    }
    // TCP keeps the order: counting gives the number without its wrap.
    this.#meter.messages(this.#next++, 1, this.#wall.fromPeer(sent), this.#arrival);
  }

  /** A record that counts has come, and all that came behind the omitted ones with it. */
  #count(): void {
    this.#onCounted?.(this.#arrival);
    this.#onCounted = undefined;
    this.#meter.arrived(this.#uncounted, this.#arrival);
  }
}
