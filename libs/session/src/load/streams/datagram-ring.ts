import { emptyDatagramHeader, writeDatagramHeaders } from '@pathgauge/protocol';
import { type Instant, NS_PER_S, NS_PER_US, type WallMap, type WallTime } from '@pathgauge/units';
import { fillPayload } from './payload';

// Datagrams lie one behind the other, so that the system can take many in one call. Together they fit the processor's cache,
// and those that it has not taken yet, 32 at the most, are not overwritten.
const RING_BYTES = 256 * 1024;
const MIN_SLOTS = 64;
const MAX_SLOTS = 2048;

/** The bytes of datagrams that are sent, each in its slot: only their headers are written anew. */
export class DatagramRing {
  readonly slots: number;
  readonly #length: number;
  readonly #counters64Bit: boolean;
  readonly #wall: WallMap | undefined;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #header = emptyDatagramHeader();
  readonly #time: WallTime = { seconds: 0, nanoseconds: 0 };

  /** `wall`: wall time for the datagrams; undefined: microseconds of a monotonic clock, as plain iperf3 sends. */
  constructor(length: number, counters64Bit: boolean, wall: WallMap | undefined, repeats = false) {
    this.slots = Math.min(Math.max(Math.floor(RING_BYTES / length), MIN_SLOTS), MAX_SLOTS);
    this.#length = length;
    this.#counters64Bit = counters64Bit;
    this.#wall = wall;
    this.#bytes = fillPayload(new Uint8Array(this.slots * length), repeats);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Whether what is written belongs to the omitted beginning of the load. */
  set isOmitted(isOmitted: boolean) {
    this.#header.isOmitted = isOmitted;
  }

  /** How many of `most` datagrams from `index` on lie behind each other without a break. */
  run(index: number, most: number): number {
    return Math.min(most, this.slots - (index % this.slots));
  }

  /**
   * Writes a run of `count` datagrams from `index` on, which counts from 0 and leaves at `now`; `bytesOfEach`: as long as a
   * slot, but for one alone, which may be shorter. Returns their bytes.
   */
  write(index: number, count: number, now: Instant, bytesOfEach: number): Uint8Array {
    const begin = (index % this.slots) * this.#length;
    this.#stamp(now);
    this.#header.number = index + 1;
    writeDatagramHeaders(this.#view, begin, this.#length, count, this.#counters64Bit, this.#header);
    return this.#bytes.subarray(begin, begin + count * bytesOfEach);
  }

  #stamp(now: Instant): void {
    if (this.#wall === undefined) {
      this.#header.seconds = Math.floor(now / NS_PER_S);
      this.#header.subseconds = Math.floor((now % NS_PER_S) / NS_PER_US);
      return;
    }
    this.#wall.toWall(now, this.#time);
    this.#header.seconds = this.#time.seconds;
    this.#header.subseconds = this.#time.nanoseconds;
  }
}
