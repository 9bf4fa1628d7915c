import { type DatagramHeader, datagramRunLength, readDatagramHeader } from '@pathgauge/protocol';
import type { Instant, WallMap, WallTime } from '@pathgauge/units';
import { NS_PER_S, NS_PER_US, type PeerInstant } from '@pathgauge/units';
import type { ReceivedMeter } from './received-meter';

/** Loss as iperf3 counts it, for the results message to a plain iperf3 peer and for nothing else. */
export interface Iperf3Count {
  readonly errors: number;
  readonly packets: number;
}

/** Takes in the datagrams of a UDP stream. */
export class DatagramReceiver {
  readonly #meter: ReceivedMeter;
  readonly #wall: WallMap | undefined;
  readonly #counters64Bit: boolean;
  readonly #header: DatagramHeader = { seconds: 0, subseconds: 0, number: 0 };
  readonly #sent: WallTime = { seconds: 0, nanoseconds: 0 };
  #highest = 0;
  #errors = 0;

  /** `wall` is undefined when the sender's clock is a monotonic one of its own (plain iperf3). */
  constructor(meter: ReceivedMeter, wall: WallMap | undefined, counters64Bit: boolean) {
    this.#meter = meter;
    this.#wall = wall;
    this.#counters64Bit = counters64Bit;
  }

  /**
   * Takes datagrams of `segmentBytes` each that lie one behind the other; the last may be shorter. Each is read and counted by
   * its own number, and those whose numbers follow each other are booked together. False when the first is no datagram of a
   * stream.
   */
  receive(bytes: Uint8Array, segmentBytes: number, arrival: Instant): boolean {
    const { length } = bytes;
    if (length === 0) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    for (let begin = 0; begin < length; ) {
      const isNone = readDatagramHeader(bytes, begin, this.#counters64Bit, this.#header) !== undefined;
      if (isNone && begin === 0) return false;
      // What cannot be read belongs to nobody.
      const { number } = this.#header;
      const count = isNone
        ? 1
        : datagramRunLength(view, begin, length, segmentBytes, this.#counters64Bit, this.#header);
      const end = Math.min(begin + count * segmentBytes, length);
      if (!isNone) this.#book(number, begin, end, segmentBytes, this.#sentAt(), arrival);
      begin = end;
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

  /** Books the datagrams in [begin, end), whose numbers go on from `first`. */
  #book(first: number, begin: number, end: number, segmentBytes: number, sent: PeerInstant, arrival: Instant): void {
    const count = Math.ceil((end - begin) / segmentBytes);
    this.#countAsIperf3(first, count);
    if (count === 1 || first - 1 >= this.#meter.nextSequence) {
      if (this.#meter.messages(first - 1, count, sent, arrival) > 0) this.#meter.arrived(end - begin, arrival);
      return;
    }
    // Some of them may be duplicates, whose bytes do not count.
    for (let i = 0; i < count; i++) {
      const at = begin + i * segmentBytes;
      if (this.#meter.messages(first - 1 + i, 1, sent, arrival) > 0) {
        this.#meter.arrived(Math.min(segmentBytes, end - at), arrival);
      }
    }
  }

  /** A gap is loss; a number below the expected one, whatever it is, takes one off. */
  #countAsIperf3(first: number, count: number): void {
    if (first > this.#highest) {
      this.#errors += first - 1 - this.#highest;
      this.#highest = first + count - 1;
      return;
    }
    for (let number = first; number < first + count; number++) {
      if (number > this.#highest) {
        this.#errors += number - 1 - this.#highest;
        this.#highest = number;
      } else if (this.#errors > 0) {
        this.#errors--;
      }
    }
  }
}
