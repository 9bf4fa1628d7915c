import type { Exchanges } from './exchanges';
import { LowerHull } from './lower-hull';

/** No clock runs wrong by more, not even while it is being set right: what would need that is a step. */
export const MAX_SKEW = 2e-3;
// With more corners some are left out: the interval gets wider by that, never wrong.
const MAX_CORNERS = 128;
/** Below this many exchanges a slope is a guess. */
const MIN_FOR_SKEW = 20;
/** Parts of a run with equally many exchanges. A true skew lies near the smallest delays of every part. */
const BLOCKS = 8;
/** The interval of a skew is this many times the spread of the directions, which must agree within their spread. */
const SURELY = 4;
/** Timestamps are no better than this. */
const FLOOR_NS = 1000;

/** How the server's clock runs against the client's: dimensionless, above 0 when the server's gains. */
export interface Skew {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Whether there is a skew: an interval that holds 0 shows none. */
export const isPresent = (skew: Skew | undefined): skew is Skew =>
  skew !== undefined && (skew.low > 0 || skew.high < 0);

/** The skew as one direction shows it. */
interface Slope {
  readonly ratio: number;
  /** How far off it may be. */
  readonly spread: number;
}

/** What is known of the clocks from a run of exchanges without a step. Instants and spans in nanoseconds. */
export interface ClockFit {
  /** T1 of the first exchange and T4 of the last to arrive. */
  readonly from: number;
  readonly to: number;
  /** The offset (server minus client) at `middle` and its slope: the line that values are corrected by. */
  readonly middle: number;
  readonly offsetNs: number;
  readonly slope: number;
  /** The offsets at `middle` that a line of this slope can have; the offset is the middle of them. */
  readonly lowestNs: number;
  readonly highestNs: number;
  /** The true offset is within [line + lowNs, line + highNs] at every instant of the run. */
  readonly lowNs: number;
  readonly highNs: number;
  /** The offsets that a clock without skew could have; contradictory (low > high) when it has skew. */
  readonly constantLowNs: number;
  readonly constantHighNs: number;
  /** Undefined where it is not known, or the two directions contradict each other. */
  readonly skew: Skew | undefined;
}

/**
 * Fits a clock that runs evenly (offset + slope x time) to exchanges [from, to) of `exchanges`, and proves bounds for it.
 *
 * Bounds: no packet arrives before it was sent, so the offset's line is nowhere above T2 - T1 and nowhere below T3 - T4.
 * The steepest and the flattest such line give the interval; it holds for every asymmetry, loss and queue, and no minimum
 * need be reached. Slope: Moon, Skelly and Towsley (1999): the edge of the lower convex hull of T2 - T1 over the mean time,
 * and likewise of T4 - T3 with its sign turned. The parts of the run that lie farthest from an edge show how far it may be off.
 * The skew's interval covers both edges. Values are corrected by the middle of the interval at that slope, which is the truth
 * when the smallest delays of both directions are equal.
 *
 * Undefined when no line fits: then a clock stepped, or did not run evenly.
 */
export class ClockFitter {
  readonly #up: LowerHull;
  readonly #down: LowerHull;
  readonly #order: Int32Array;
  readonly #gaps = new Float64Array(BLOCKS);

  constructor(capacity: number) {
    this.#up = new LowerHull(capacity);
    this.#down = new LowerHull(capacity);
    this.#order = new Int32Array(capacity);
  }

  /** `granularityNs`: what the peer's timestamps are multiples of. `usualSlope`: taken where these exchanges show none. */
  fit(exchanges: Exchanges, from: number, to: number, granularityNs: number, usualSlope: number): ClockFit | undefined {
    this.#raiseHulls(exchanges, from, to, granularityNs);
    const slopes = this.#possibleSlopes();
    if (slopes === undefined) return undefined;
    const skew = this.#skew(exchanges, from, to, granularityNs);
    const slope = Math.min(Math.max(isPresent(skew) ? skew.ratio : usualSlope, slopes.flattest), slopes.steepest);
    return { ...this.#line(exchanges, from, to, slope, slopes), skew };
  }

  /** T2 - T1 over T1, and T4 - T3 over T4: so that no delay, however long, makes a bound wrong. */
  #raiseHulls(exchanges: Exchanges, from: number, to: number, granularityNs: number): void {
    const { sentAt, arrivedAt, up, down } = exchanges;
    const count = to - from;
    this.#up.raise(sentAt, up, granularityNs, from, count);
    this.#down.raise(arrivedAt, down, granularityNs, from, count, exchanges.placesBy(arrivedAt, from, to, this.#order));
  }

  /** The slopes of the lines that pass below every T2 - T1 and above every T3 - T4. */
  #possibleSlopes(): { flattest: number; steepest: number } | undefined {
    let flattest = -MAX_SKEW;
    let steepest = MAX_SKEW;
    const upStride = Math.ceil(this.#up.size / MAX_CORNERS);
    const downStride = Math.ceil(this.#down.size / MAX_CORNERS);
    for (let i = 0; i < this.#up.size; i += upStride) {
      for (let j = 0; j < this.#down.size; j += downStride) {
        const run = this.#up.x(i) - this.#down.x(j);
        const rise = this.#up.y(i) + this.#down.y(j);
        if (run > 0) steepest = Math.min(steepest, rise / run);
        else if (run < 0) flattest = Math.max(flattest, rise / run);
        else if (rise < 0) return undefined;
      }
    }
    return flattest <= steepest ? { flattest, steepest } : undefined;
  }

  #line(
    exchanges: Exchanges,
    from: number,
    to: number,
    slope: number,
    { flattest, steepest }: { flattest: number; steepest: number },
  ): Omit<ClockFit, 'skew'> {
    const begin = this.#up.x(0);
    const end = this.#down.x(this.#down.size - 1);
    const middle = (begin + end) / 2;
    const lowestNs = this.#lowest(slope, middle);
    const highestNs = this.#highest(slope, middle);
    const offset = (lowestNs + highestNs) / 2;
    const atBegin = offset + slope * (begin - middle);
    const atEnd = offset + slope * (end - middle);
    // An exchange is corrected at its middle. The clocks were read up to half a round trip from there.
    let longest = 0;
    for (let i = from; i < to; i++) {
      longest = Math.max(longest, (exchanges.arrivedAt[i] as number) - (exchanges.sentAt[i] as number));
    }
    const aside = (Math.abs(slope) * longest) / 2;
    return {
      from: begin,
      to: end,
      middle,
      offsetNs: offset,
      slope,
      lowestNs,
      highestNs,
      // A line that fits is farthest from another at one of the ends.
      lowNs: Math.min(this.#lowest(steepest, begin) - atBegin, this.#lowest(flattest, end) - atEnd) - aside,
      highNs: Math.max(this.#highest(flattest, begin) - atBegin, this.#highest(steepest, end) - atEnd) + aside,
      constantLowNs: this.#lowest(0, middle),
      constantHighNs: this.#highest(0, middle),
    };
  }

  /** The offsets at `at` that a line of this slope may have. */
  #highest(slope: number, at: number): number {
    return this.#up.ceiling(slope, at);
  }

  #lowest(slope: number, at: number): number {
    return -this.#down.ceiling(-slope, at);
  }

  #skew(exchanges: Exchanges, from: number, to: number, granularityNs: number): Skew | undefined {
    if (to - from < MIN_FOR_SKEW) return undefined;
    const up = this.#slope(this.#up, exchanges.sentAt, exchanges.up, from, to, granularityNs);
    const down = this.#slope(this.#down, exchanges.arrivedAt, exchanges.down, from, to, granularityNs);
    if (up === undefined || down === undefined) return undefined;
    const low = Math.min(up.ratio - SURELY * up.spread, -down.ratio - SURELY * down.spread);
    const high = Math.max(up.ratio + SURELY * up.spread, -down.ratio + SURELY * down.spread);
    if (Math.abs(up.ratio + down.ratio) > up.spread + down.spread) return undefined;
    // Weighted by certainty: the idle downlink says more than a full uplink.
    const share = down.spread / (up.spread + down.spread);
    const ratio = up.ratio * share - down.ratio * (1 - share);
    // No clock has such a skew.
    if (Math.abs(ratio) > MAX_SKEW || (low < -MAX_SKEW && high > MAX_SKEW)) return undefined;
    return { ratio, low: Math.max(low, -MAX_SKEW), high: Math.min(high, MAX_SKEW) };
  }

  /** The slope of the hull's edge over the mean time, and how far the noise above it lets it be off. */
  #slope(
    hull: LowerHull,
    xs: Float64Array,
    ys: Float64Array,
    from: number,
    to: number,
    granularityNs: number,
  ): Slope | undefined {
    const count = to - from;
    const origin = xs[from] as number;
    let sum = 0;
    for (let i = from; i < to; i++) sum += (xs[i] as number) - origin;
    const edge = hull.edgeAt(origin + sum / count);
    if (edge === undefined) return undefined;
    const ratio = (hull.y(edge + 1) - hull.y(edge)) / (hull.x(edge + 1) - hull.x(edge));
    const span = hull.x(hull.size - 1) - hull.x(0);
    const gaps = this.#gaps.fill(Number.POSITIVE_INFINITY);
    const edgeX = hull.x(edge);
    const edgeY = hull.y(edge);
    for (let i = from; i < to; i++) {
      const block = Math.floor(((i - from) * BLOCKS) / count);
      const gap = (ys[i] as number) - edgeY - ratio * ((xs[i] as number) - edgeX);
      if (gap < (gaps[block] as number)) gaps[block] = gap;
    }
    // The smallest possible delay may be as far from the edge, at one end of the run, as the part that keeps farthest.
    return { ratio, spread: (Math.max(...gaps) + 2 * granularityNs + FLOOR_NS) / span };
  }
}
