import { type DatagramHeader, readDatagramHeader } from '@pathgauge/protocol';
import type { Instant, WallMap, WallTime } from '@pathgauge/units';
import { NS_PER_S, NS_PER_US, type PeerInstant } from '@pathgauge/units';
import type { StreamMeter } from './stream-meter';

/** Loss as iperf3 counts it, for the results message to a plain iperf3 peer and for nothing else. */
export interface Iperf3Count {
  readonly errors: number;
  readonly packets: number;
}

/** Takes in the datagrams of a UDP stream. */
export class DatagramReceiver {
  readonly #meter: StreamMeter;
  readonly #wall: WallMap | undefined;
  readonly #counters64Bit: boolean;
  readonly #header: DatagramHeader = { seconds: 0, subseconds: 0, number: 0 };
  readonly #sent: WallTime = { seconds: 0, nanoseconds: 0 };
  #highest = 0;
  #errors = 0;

  /** `wall` is undefined when the sender's clock is a monotonic one of its own (plain iperf3). */
  constructor(meter: StreamMeter, wall: WallMap | undefined, counters64Bit: boolean) {
    this.#meter = meter;
    this.#wall = wall;
    this.#counters64Bit = counters64Bit;
  }

  /** False when the bytes are no datagram of a stream. */
  receive(bytes: Uint8Array, arrival: Instant): boolean {
    if (readDatagramHeader(bytes, this.#counters64Bit, this.#header) !== undefined) return false;
    this.#countAsIperf3(this.#header.number);
    if (this.#meter.message(this.#header.number - 1, this.#sentAt(), arrival)) {
      this.#meter.arrived(bytes.length, arrival);
    }
    return true;
  }

  iperf3Count(): Iperf3Count {
    return { errors: this.#errors, packets: this.#highest };
  }

  #sentAt(): PeerInstant {
    const { seconds, subseconds } = this.#header;
    // Jitter needs no more than that the sender's clock runs on.
    if (this.#wall === undefined) return (seconds * NS_PER_S + subseconds * NS_PER_US) as PeerInstant;
    this.#sent.seconds = seconds;
    this.#sent.nanoseconds = subseconds;
    return this.#wall.fromPeer(this.#sent);
  }

  /** A gap is loss; a number below the expected one, whatever it is, takes one off. */
  #countAsIperf3(number: number): void {
    if (number > this.#highest) {
      this.#errors += number - 1 - this.#highest;
      this.#highest = number;
    } else if (this.#errors > 0) {
      this.#errors--;
    }
  }
}
