import { LARGEST_SKEW } from './clock-fit';
import type { ClockLine } from './clock-summary';
import type { Exchanges } from './exchanges';

/** So many exchanges on one side vouch for the offset at one of them: fewer make it wide, more may have a step among them. */
const REACH = 8;

/** The offsets that are possible about a line: within [line + lowNs, line + highNs]. */
export interface Band {
  lowNs: number;
  highNs: number;
}

/**
 * What the exchanges next to each exchange tell of the offset there, when all that is taken for granted is that the pace of the
 * two clocks hardly ever changes within `REACH` exchanges. The offsets at an exchange are those of lines that stay within the
 * bounds of the exchanges from it on, and of lines that stay within those of the exchanges up to it: a step, or a change of
 * pace, is crossed by one of the two at most. Where no line fits, half as many are asked. An exchange's own bounds always hold.
 *
 * It is the net under the fit of a whole run, which a small step or a slew bends without contradicting it.
 */
export class PaceNet {
  readonly #sentAt: Float64Array;
  readonly #arrivedAt: Float64Array;
  /** The offset is nowhere above the one nor below the other. */
  readonly #highest: Float64Array;
  readonly #lowest: Float64Array;
  /** How many exchanges that are settled stand before those of the window. */
  #kept = 0;
  #length = 0;
  /** What the last look found. */
  #low = 0;
  #high = 0;

  constructor(capacity: number) {
    const room = capacity + REACH;
    this.#sentAt = new Float64Array(room);
    this.#arrivedAt = new Float64Array(room);
    this.#highest = new Float64Array(room);
    this.#lowest = new Float64Array(room);
  }

  /** Takes in the window. `granularityNs`: what the peer's timestamps are multiples of. */
  load(exchanges: Exchanges, granularityNs: number): void {
    const kept = this.#kept;
    const { length } = exchanges;
    this.#sentAt.set(exchanges.sentAt.subarray(0, length), kept);
    this.#arrivedAt.set(exchanges.arrivedAt.subarray(0, length), kept);
    for (let i = 0; i < length; i++) {
      this.#highest[kept + i] = (exchanges.up[i] as number) + granularityNs;
      this.#lowest[kept + i] = -(exchanges.down[i] as number) - granularityNs;
    }
    this.#length = kept + length;
  }

  /** The first `count` of the window are settled. */
  drop(count: number): void {
    const end = this.#kept + count;
    const begin = Math.max(0, end - REACH + 1);
    for (const column of [this.#sentAt, this.#arrivedAt, this.#highest, this.#lowest]) column.copyWithin(0, begin, end);
    this.#kept = end - begin;
  }

  /** Widens `band`, about a line that fits the exchanges [first, end) of the window, so that it holds for those before `to`. */
  widen(band: Band, line: ClockLine, first: number, end: number, to: number): void {
    const begin = this.#kept + first;
    const last = this.#kept + end;
    const { middle, offsetNs, slope } = line;
    for (let i = begin; i < this.#kept + Math.min(end, to); i++) {
      const at = offsetNs + slope * (((this.#sentAt[i] as number) + (this.#arrivedAt[i] as number)) / 2 - middle);
      for (const way of [1, -1]) {
        const inside = way > 0 ? i + REACH <= last : i - REACH >= begin - 1;
        if (inside && this.#isWithin(i, way, at + band.lowNs, at + band.highNs)) continue;
        this.#look(i, way, 0, this.#length);
        band.highNs = Math.max(band.highNs, this.#high - at);
        band.lowNs = Math.min(band.lowNs, this.#low - at);
      }
    }
  }

  /** The exchange of the window, after the first of [from, to), before which the clock must have stepped; the clearest one. */
  stepWithin(from: number, to: number): number | undefined {
    let clearest = 0;
    let step: number | undefined;
    for (let i = this.#kept + from + 1; i < this.#kept + to; i++) {
      this.#look(i - 1, -1, this.#kept + from, this.#kept + to);
      const low = this.#low;
      const high = this.#high;
      this.#look(i, 1, this.#kept + from, this.#kept + to);
      const drift = LARGEST_SKEW * ((this.#arrivedAt[i] as number) - (this.#sentAt[i - 1] as number));
      const apart = Math.max(low - this.#high, this.#low - high) - drift;
      if (apart <= clearest) continue;
      clearest = apart;
      step = i - this.#kept;
    }
    return step;
  }

  /** Whether a glance tells that [low, high] holds all that a look from `i` would find, were a line known to fit. */
  #isWithin(i: number, way: number, low: number, high: number): boolean {
    const from = this.#sentAt[i] as number;
    const flight = (this.#arrivedAt[i] as number) - from;
    let isBelow = (this.#highest[i] as number) <= high;
    let isAbove = (this.#lowest[i] as number) >= low;
    for (let n = 1; n < REACH && !(isBelow && isAbove); n++) {
      const j = i + n * way;
      const drift = LARGEST_SKEW * (Math.abs((this.#sentAt[j] as number) - from) + flight);
      isBelow ||= (this.#highest[j] as number) + drift <= high;
      isAbove ||= (this.#lowest[j] as number) - drift >= low;
    }
    return isBelow && isAbove;
  }

  /** The offsets at `i` by the lines that fit the exchanges from there on (way 1) or up to there (-1), within [first, end). */
  #look(i: number, way: number, first: number, end: number): void {
    let count = Math.min(REACH, way > 0 ? end - i : i - first + 1);
    while (count > 1 && !this.#fits(i, way, count)) count >>= 1;
    if (count > 1) return;
    this.#high = this.#highest[i] as number;
    this.#low = this.#lowest[i] as number;
  }

  #fits(i: number, way: number, count: number): boolean {
    const sentAt = this.#sentAt;
    const arrivedAt = this.#arrivedAt;
    let flattest = -LARGEST_SKEW;
    let steepest = LARGEST_SKEW;
    for (let a = 0; a < count; a++) {
      const x = sentAt[i + a * way] as number;
      const y = this.#highest[i + a * way] as number;
      for (let b = 0; b < count; b++) {
        const run = x - (arrivedAt[i + b * way] as number);
        const rise = y - (this.#lowest[i + b * way] as number);
        if (run > 0) {
          if (rise < steepest * run) steepest = rise / run;
        } else if (run < 0) {
          if (rise < flattest * run) flattest = rise / run;
        } else if (rise < 0) return false;
      }
    }
    if (flattest > steepest) return false;
    this.#evaluate(i, way, count, flattest, steepest);
    return true;
  }

  /** Looking ahead the flattest line begins highest, looking back the steepest one ends highest. */
  #evaluate(i: number, way: number, count: number, flattest: number, steepest: number): void {
    const highSlope = way > 0 ? flattest : steepest;
    const lowSlope = way > 0 ? steepest : flattest;
    const from = this.#sentAt[i] as number;
    const to = this.#arrivedAt[i] as number;
    let high = Number.POSITIVE_INFINITY;
    let low = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < count; a++) {
      const j = i + a * way;
      high = Math.min(high, (this.#highest[j] as number) + highSlope * (from - (this.#sentAt[j] as number)));
      low = Math.max(low, (this.#lowest[j] as number) + lowSlope * (to - (this.#arrivedAt[j] as number)));
    }
    // The server read its clock somewhere on the way.
    const flight = to - from;
    this.#high = Math.min(high + Math.max(0, highSlope) * flight, this.#highest[i] as number);
    this.#low = Math.max(low - Math.max(0, lowSlope) * flight, this.#lowest[i] as number);
  }
}
