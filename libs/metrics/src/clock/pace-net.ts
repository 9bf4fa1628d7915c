import { lengthened, roomFor } from '../columns';
import { MAX_SKEW } from './clock-fit';
import type { ClockLine } from './clock-line';
import type { Exchanges } from './exchanges';

/** So many exchanges on one side vouch for the offset at one of them: fewer make it wide, more may have a step among them. */
const REACH = 8;
const EMPTY = new Float64Array(0);

/** The offsets that are possible about a line: within [line + lowNs, line + highNs]. */
interface Band {
  lowNs: number;
  highNs: number;
}

/** The exchanges of the window at [first, end), and a line that fits them. */
interface FittedRange {
  readonly first: number;
  readonly end: number;
  readonly fit: ClockLine;
}

/**
 * Bounds of the offset at each exchange, from its neighbours. It is assumed only that the pace of the two clocks hardly changes
 * within `REACH` exchanges. The offsets there are those of lines that stay within the bounds of the
 * exchange and of the next ones sent after its reply was back; and of lines that stay within those of the exchange and of the
 * last ones that were back before it was sent: a step, or a change of pace, is crossed by one of the two at most, however
 * packets overtake each other. Where no line fits, half as many are asked. An exchange's own bounds always hold.
 *
 * It is the net under the fit of a whole run, which a small step or a slew bends without contradicting it.
 */
export class PaceNet {
  // In order of sending; the exchanges before those of the window are settled and only vouch for them.
  #sentAt = EMPTY;
  #arrivedAt = EMPTY;
  /** The offset is nowhere above the one nor below the other. */
  #highest = EMPTY;
  #lowest = EMPTY;
  #byArrival = new Int32Array(0);
  readonly #most: number;
  #settled = 0;
  #length = 0;
  /** The exchanges that a look uses: one and its neighbours, the nearest first. */
  readonly #asked = new Int32Array(REACH);
  #askedCount = 0;
  /** The bounds that the last look found. */
  #low = 0;
  #high = 0;

  constructor(capacity: number) {
    this.#most = capacity + REACH;
  }

  /** Takes in the window. `granularityNs`: what the peer's timestamps are multiples of. */
  load(exchanges: Exchanges, granularityNs: number): void {
    const settled = this.#settled;
    if (settled + exchanges.length > this.#sentAt.length) this.#grow(settled + exchanges.length);
    this.#sentAt.set(exchanges.sentAt.subarray(0, exchanges.length), settled);
    this.#arrivedAt.set(exchanges.arrivedAt.subarray(0, exchanges.length), settled);
    for (let i = 0; i < exchanges.length; i++) {
      this.#highest[settled + i] = (exchanges.up[i] as number) + granularityNs;
      this.#lowest[settled + i] = -(exchanges.down[i] as number) - granularityNs;
    }
    this.#length = settled + exchanges.length;
    exchanges.placesBy(this.#arrivedAt, 0, this.#length, this.#byArrival);
  }

  #grow(wanted: number): void {
    const room = roomFor(wanted, this.#sentAt.length, this.#most);
    this.#sentAt = lengthened(this.#sentAt, room);
    this.#arrivedAt = lengthened(this.#arrivedAt, room);
    this.#highest = lengthened(this.#highest, room);
    this.#lowest = lengthened(this.#lowest, room);
    this.#byArrival = new Int32Array(room);
  }

  /** The first `count` of the window are settled: those of them that were back last go on to vouch for what follows. */
  drop(count: number): void {
    const end = this.#settled + count;
    const next = end < this.#length ? (this.#sentAt[end] as number) : Number.POSITIVE_INFINITY;
    const sure = this.#lastBack(end, next);
    const kept = sure.length < REACH - 1 ? this.#lastBack(end, Number.POSITIVE_INFINITY) : sure;
    kept.sort((a, b) => a - b);
    for (const column of [this.#sentAt, this.#arrivedAt, this.#highest, this.#lowest]) {
      for (let to = 0; to < kept.length; to++) column[to] = column[kept[to] as number] as number;
    }
    this.#settled = kept.length;
    this.#length = kept.length;
  }

  /** Of those before `end`, the last that were back by an instant; `REACH` - 1 at the most. */
  #lastBack(end: number, until: number): number[] {
    const last: number[] = [];
    for (let place = this.#length - 1; place >= 0 && last.length < REACH - 1; place--) {
      const i = this.#byArrival[place] as number;
      if (i < end && (this.#arrivedAt[i] as number) <= until) last.push(i);
    }
    return last;
  }

  /** Widens `band`, the band about the line of a range, so that it holds for the exchanges of the range before `to`. */
  widen(band: Band, { first, end, fit }: FittedRange, to: number): void {
    const begin = this.#settled + first;
    const last = this.#settled + end;
    let ahead = begin;
    let behind = 0;
    for (let i = begin; i < this.#settled + Math.min(end, to); i++) {
      const from = this.#sentAt[i] as number;
      const until = this.#arrivedAt[i] as number;
      const at = fit.offsetNs + fit.slope * ((from + until) / 2 - fit.middle);
      while (ahead > i && (this.#sentAt[ahead - 1] as number) >= until) ahead--;
      while (ahead < this.#length && (this.#sentAt[ahead] as number) < until) ahead++;
      this.#askAhead(i, ahead);
      this.#widenBy(band, at, begin, last);
      while (behind < this.#length && (this.#arrivedAt[this.#byArrival[behind] as number] as number) <= from) behind++;
      this.#askBehind(i, behind);
      this.#widenBy(band, at, begin, last);
    }
  }

  /** The exchange of the window, after the first of [from, to), before which the clock must have stepped; the clearest one. */
  stepWithin(from: number, to: number): number | undefined {
    const begin = this.#settled + from;
    const end = this.#settled + to;
    let clearest = 0;
    let step: number | undefined;
    for (let i = begin + 1; i < end; i++) {
      this.#askNext(i - 1, -1, i - begin);
      this.#look();
      const low = this.#low;
      const high = this.#high;
      this.#askNext(i, 1, end - i);
      this.#look();
      const drift = MAX_SKEW * ((this.#arrivedAt[i] as number) - (this.#sentAt[i - 1] as number));
      const apart = Math.max(low - this.#high, this.#low - high) - drift;
      if (apart <= clearest) continue;
      clearest = apart;
      step = i - this.#settled;
    }
    return step;
  }

  /** `i` and those from `ahead` on, or the last ones where so few follow. */
  #askAhead(i: number, ahead: number): void {
    let j = Math.min(ahead, Math.max(i + 1, this.#length - REACH + 1));
    let count = 0;
    this.#asked[count++] = i;
    for (; j < this.#length && count < REACH; j++) this.#asked[count++] = j;
    this.#askedCount = count;
  }

  /** `i` and the last of the first `behind` that were back, or the first ones that were, where so few were. */
  #askBehind(i: number, behind: number): void {
    let place = Math.max(behind, Math.min(REACH - 1, this.#length)) - 1;
    let count = 0;
    this.#asked[count++] = i;
    for (; place >= 0 && count < REACH; place--) {
      const j = this.#byArrival[place] as number;
      if (j < i) this.#asked[count++] = j;
    }
    this.#askedCount = count;
  }

  #askNext(i: number, way: number, most: number): void {
    this.#askedCount = Math.min(REACH, most);
    for (let n = 0; n < this.#askedCount; n++) this.#asked[n] = i + n * way;
  }

  #widenBy(band: Band, at: number, begin: number, last: number): void {
    if (this.#isWithin(at + band.lowNs, at + band.highNs, begin, last)) return;
    this.#look();
    band.highNs = Math.max(band.highNs, this.#high - at);
    band.lowNs = Math.min(band.lowNs, this.#low - at);
  }

  /** Whether [low, high] surely holds all that a look would find. A line is known to fit [begin, last). */
  #isWithin(low: number, high: number, begin: number, last: number): boolean {
    const i = this.#asked[0] as number;
    const farthest = this.#asked[this.#askedCount - 1] as number;
    if (this.#askedCount < REACH || farthest < begin || farthest >= last) return false;
    const from = this.#sentAt[i] as number;
    const flight = (this.#arrivedAt[i] as number) - from;
    let isBelow = (this.#highest[i] as number) <= high;
    let isAbove = (this.#lowest[i] as number) >= low;
    for (let n = 1; n < REACH && !(isBelow && isAbove); n++) {
      const j = this.#asked[n] as number;
      const drift = MAX_SKEW * (Math.abs((this.#sentAt[j] as number) - from) + flight);
      isBelow ||= (this.#highest[j] as number) + drift <= high;
      isAbove ||= (this.#lowest[j] as number) - drift >= low;
    }
    return isBelow && isAbove;
  }

  /** The offsets at the first one asked, by the lines that fit all that are asked. */
  #look(): void {
    let count = this.#askedCount;
    while (count > 1 && !this.#fits(count)) count >>= 1;
    if (count > 1) return;
    const i = this.#asked[0] as number;
    this.#high = this.#highest[i] as number;
    this.#low = this.#lowest[i] as number;
  }

  /** Whether lines fit the first `count` asked. */
  #fits(count: number): boolean {
    let flattest = -MAX_SKEW;
    let steepest = MAX_SKEW;
    for (let a = 0; a < count; a++) {
      const x = this.#sentAt[this.#asked[a] as number] as number;
      const y = this.#highest[this.#asked[a] as number] as number;
      for (let b = 0; b < count; b++) {
        const run = x - (this.#arrivedAt[this.#asked[b] as number] as number);
        const rise = y - (this.#lowest[this.#asked[b] as number] as number);
        if (run > 0) {
          if (rise < steepest * run) steepest = rise / run;
        } else if (run < 0) {
          if (rise < flattest * run) flattest = rise / run;
        } else if (rise < 0) return false;
      }
    }
    if (flattest > steepest) return false;
    this.#evaluate(count, flattest, steepest);
    return true;
  }

  /** Looking ahead the flattest line begins highest, looking behind the steepest one ends highest. */
  #evaluate(count: number, flattest: number, steepest: number): void {
    const i = this.#asked[0] as number;
    const isAhead = (this.#asked[1] as number) > i;
    const highSlope = isAhead ? flattest : steepest;
    const lowSlope = isAhead ? steepest : flattest;
    const from = this.#sentAt[i] as number;
    const to = this.#arrivedAt[i] as number;
    let high = Number.POSITIVE_INFINITY;
    let low = Number.NEGATIVE_INFINITY;
    for (let n = 0; n < count; n++) {
      const j = this.#asked[n] as number;
      high = Math.min(high, (this.#highest[j] as number) + highSlope * (from - (this.#sentAt[j] as number)));
      low = Math.max(low, (this.#lowest[j] as number) + lowSlope * (to - (this.#arrivedAt[j] as number)));
    }
    // The server read its clock somewhere on the way.
    const flight = to - from;
    this.#high = Math.min(high + Math.max(0, highSlope) * flight, this.#highest[i] as number);
    this.#low = Math.max(low - Math.max(0, lowSlope) * flight, this.#lowest[i] as number);
  }
}
