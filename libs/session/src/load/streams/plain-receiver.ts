import type { Instant } from '@pathgauge/units';
import type { ByteReceiver } from './byte-receiver';
import type { ReceivedMeter } from './received-meter';

/** Counts the bytes of a plain iperf3's TCP stream. Nobody looks at any of them. */
export class PlainReceiver implements ByteReceiver {
  readonly isComplete = undefined;
  /** The end that receives ends the omitted beginning by its own time. */
  readonly isOmitting = false;
  readonly unwanted = Number.POSITIVE_INFINITY;
  readonly wanted = Number.POSITIVE_INFINITY;
  readonly #meter: ReceivedMeter;

  constructor(meter: ReceivedMeter) {
    this.#meter = meter;
  }

  receive(chunk: Uint8Array, arrival: Instant): undefined {
    this.#meter.arrived(chunk.length, arrival);
  }

  skip(count: number, arrival: Instant): void {
    this.#meter.arrived(count, arrival);
  }
}
