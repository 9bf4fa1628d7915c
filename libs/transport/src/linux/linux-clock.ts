import { type Instant, instant, NS_PER_S, NS_PER_US, type WallAnchor } from '@pathgauge/units';
import type { Clock } from '../clock';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from './abi';
import { Memory } from './memory';
import type { Native } from './system-calls';

// A reading that was not interrupted takes well below a microsecond; so many attempts find one.
const ATTEMPTS = 8;
const GOOD_BRACKET_NS = 500;
// Two readings in a row are this close together as a rule. The wall clock steps by more, or it is not noticed.
const TOLERANCE_NS = 5_000;
/** Stamps that were taken before a step are read within this time. */
const UNSETTLED_NS = 10e6;
const STA_UNSYNC = 0x40;
const TIME_ERROR = 5;
const TIMEX_BYTES = 208;
const TIMEX_MAXERROR = 24;
const TIMEX_STATUS = 40;

/** CLOCK_REALTIME less CLOCK_MONOTONIC, in two parts, because together they are more than a number holds exactly. */
interface WallOffset {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly errorNs: number;
}

/**
 * CLOCK_MONOTONIC, and CLOCK_REALTIME through the offset between the two. NTP slews both alike, so the offset stays as it is
 * until the wall clock is set: a step. Kernel timestamps are CLOCK_REALTIME and are brought onto the monotonic scale by it.
 */
export class LinuxClock implements Clock {
  readonly #native: Native;
  readonly #time: Memory;
  readonly #state: Memory;
  readonly #originSeconds: number;
  #offset: WallOffset;
  #steps = 0;
  #steppedAt = Number.NEGATIVE_INFINITY;

  /** `originSeconds`: where instants count from. Threads of one process must agree on it; left out, now. */
  constructor(native: Native, originSeconds?: number) {
    this.#native = native;
    this.#time = new Memory(native, 16);
    this.#state = new Memory(native, TIMEX_BYTES);
    this.#originSeconds = originSeconds ?? this.#read(CLOCK_MONOTONIC).seconds;
    this.#offset = this.#measureOffset();
  }

  get originSeconds(): number {
    return this.#originSeconds;
  }

  /** How often the wall clock was set since this clock was made, as far as anybody looked. */
  get steps(): number {
    return this.#steps;
  }

  now(): Instant {
    this.#native.calls.clock_gettime(CLOCK_MONOTONIC, this.#time.address);
    const { words } = this.#time;
    return (((words[0] as number) - this.#originSeconds) * NS_PER_S + (words[2] as number)) as Instant;
  }

  anchor(): WallAnchor {
    this.isSteady();
    const { seconds, nanoseconds, errorNs } = this.#offset;
    return { seconds, nanoseconds, errorNs, synchronisedToNs: this.#synchronisedTo() };
  }

  /**
   * Whether the wall clock runs as it did when last looked at. False for a moment after a step: stamps that were taken before it
   * may still come, and mean nothing.
   */
  isSteady(): boolean {
    const before = this.#read(CLOCK_REALTIME);
    const now = this.now();
    const moved =
      (before.seconds - this.#offset.seconds) * NS_PER_S + (before.nanoseconds - this.#offset.nanoseconds) - now;
    if (Math.abs(moved) < TOLERANCE_NS) return now - this.#steppedAt > UNSETTLED_NS;
    // It may only have been interrupted between the two readings.
    const offset = this.#measureOffset();
    const step = (offset.seconds - this.#offset.seconds) * NS_PER_S + offset.nanoseconds - this.#offset.nanoseconds;
    if (Math.abs(step) < TOLERANCE_NS + offset.errorNs + this.#offset.errorNs) {
      return now - this.#steppedAt > UNSETTLED_NS;
    }
    this.#offset = offset;
    this.#steppedAt = now;
    this.#steps++;
    return false;
  }

  /** A kernel timestamp, which is wall time, on the monotonic scale. */
  fromKernel(seconds: number, nanoseconds: number): Instant {
    return instant((seconds - this.#offset.seconds) * NS_PER_S + nanoseconds - this.#offset.nanoseconds);
  }

  /** The shortest of some bracketed readings. */
  #measureOffset(): WallOffset {
    let best: WallOffset | undefined;
    for (let attempt = 0; attempt < ATTEMPTS && (best === undefined || best.errorNs > GOOD_BRACKET_NS / 2); attempt++) {
      const before = this.now();
      const wall = this.#read(CLOCK_REALTIME);
      const after = this.now();
      const errorNs = Math.ceil((after - before) / 2);
      if (best !== undefined && best.errorNs <= errorNs) continue;
      const total = wall.nanoseconds - Math.round((before + after) / 2);
      const wholeSeconds = Math.floor(total / NS_PER_S);
      best = { seconds: wall.seconds + wholeSeconds, nanoseconds: total - wholeSeconds * NS_PER_S, errorNs };
    }
    return best as WallOffset;
  }

  #read(clock: number): { seconds: number; nanoseconds: number } {
    this.#native.calls.clock_gettime(clock, this.#time.address);
    return { seconds: this.#time.i64(0), nanoseconds: this.#time.u32(8) };
  }

  /** What the kernel's NTP discipline says: undefined when it is not synchronised, or does not say. */
  #synchronisedTo(): number | undefined {
    this.#state.bytes.fill(0);
    const state = this.#native.calls.adjtimex(this.#state.address);
    if (state < 0 || state === TIME_ERROR || (this.#state.u32(TIMEX_STATUS) & STA_UNSYNC) !== 0) return undefined;
    return this.#state.i64(TIMEX_MAXERROR) * NS_PER_US;
  }
}
