import { datagramRunLength, emptyDatagramHeader, readDatagramHeader } from '@pathgauge/protocol';
import type { Instant, WallMap, WallTime } from '@pathgauge/units';
import { NS_PER_S, NS_PER_US, type PeerInstant } from '@pathgauge/units';
import type { ReceivedMeter } from './received-meter';

/** Loss as iperf3 counts it, for the results message to a plain iperf3 peer and for nothing else. */
export interface Iperf3Count {
  readonly errors: number;
  readonly packets: number;
  /** Those of the omitted beginning, which the other two hold as well. */
  readonly omittedErrors: number;
  readonly omittedPackets: number;
}

interface DatagramReceiverOptions {
  /** Undefined when the sender's clock is a monotonic one of its own (plain iperf3). */
  readonly wall: WallMap | undefined;
  readonly counters64Bit: boolean;
  /** With what comes now, the omitted beginning is over, which is marked. Undefined: nothing is marked. */
  readonly onCounted: ((arrival: Instant) => void) | undefined;
  /** The last number of an amount that is to come exactly; undefined where there is none. */
  readonly lastNumber: number | undefined;
}

/** Takes in the datagrams of a UDP stream. */
export class DatagramReceiver {
  readonly #meter: ReceivedMeter;
  readonly #wall: WallMap | undefined;
  readonly #counters64Bit: boolean;
  readonly #header = emptyDatagramHeader();
  readonly #sent: WallTime = { seconds: 0, nanoseconds: 0 };
  readonly #lastNumber: number;
  #onCounted: ((arrival: Instant) => void) | undefined;
  #highest = 0;
  #errors = 0;
  /** The highest number of an omitted beginning that is not marked, and the errors up to then. */
  #omitted = 0;
  #omittedErrors = 0;

  constructor(meter: ReceivedMeter, { wall, counters64Bit, onCounted, lastNumber }: DatagramReceiverOptions) {
    this.#meter = meter;
    this.#wall = wall;
    this.#counters64Bit = counters64Bit;
    this.#onCounted = onCounted;
    this.#lastNumber = lastNumber ?? Number.POSITIVE_INFINITY;
  }

  /** Whether all that came so far was marked as omitted. */
  get isOmitting(): boolean {
    return this.#onCounted !== undefined;
  }

  /** Whether the last of an amount has come, the others before it or never. */
  get isComplete(): boolean {
    return this.#highest - this.#omitted >= this.#lastNumber;
  }

  /** The omitted beginning is over by time, and not by a mark: numbers go on. What was omitted and comes late counts in nothing. */
  restart(): void {
    this.#omitted = this.#highest;
    this.#omittedErrors = this.#errors;
    this.#meter.restart();
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
      if (!isNone && this.#counts(arrival)) this.#book(number, begin, end, segmentBytes, this.#sentAt(), arrival);
      begin = end;
    }
    return true;
  }

  iperf3Count(): Iperf3Count {
    return {
      errors: this.#errors,
      packets: this.#highest,
      omittedErrors: this.#omittedErrors,
      omittedPackets: this.#omitted,
    };
  }

  /** Whether the datagram whose header was read belongs to what counts. */
  #counts(arrival: Instant): boolean {
    if (this.#onCounted === undefined) return !this.#header.isOmitted;
    if (this.#header.isOmitted) return false;
    this.#onCounted(arrival);
    this.#onCounted = undefined;
    return true;
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
    const sequence = first - 1 - this.#omitted;
    if (sequence >= 0 && (count === 1 || sequence >= this.#meter.nextSequence)) {
      if (this.#meter.messages(sequence, count, sent, arrival) > 0) this.#meter.arrived(end - begin, arrival);
      return;
    }
    // Some of them may be duplicates, or of the omitted beginning: their bytes do not count.
    for (let i = Math.max(0, -sequence); i < count; i++) {
      const at = begin + i * segmentBytes;
      if (this.#meter.messages(sequence + i, 1, sent, arrival) > 0) {
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
