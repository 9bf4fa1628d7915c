import type { Exchanges } from './exchanges';

// Exchanges on either side whose median shows how high a step is.
const NEIGHBOURS = 8;
/** With fewer exchanges noise looks like a step. What contradicts the bounds is a step all the same. */
const MIN_EXCHANGES = 8;
/** The medians of both sides must be this many standard errors apart. */
const CLEARLY = 5;
/** The quietest exchanges of both sides must be apart by this many times what their queues explain. */
const BEYOND_QUEUES = 1.25;
/** How many exchanges are sampled for the usual queue and for the scatter. */
const MAX_SAMPLED = 256;
/** With few exchanges the shortest round trip may be far from the idle path: at this many, twice as far as with very many. */
const FEW = 32;
/** What a side weighs at least, as a share of the weight of all exchanges. */
const MIN_SHARE = 1e-9;
/** Timestamps are no better than this. */
const FLOOR_NS = 1_000;
/** What the clocks may drift beyond the common slope between two exchanges, as a ratio. */
const UNEVEN_DRIFT = 200e-6;
/** Several steps together look like a common slope; a steeper one than this is no drift. */
const MAX_DRIFT = 1e-3;
/** From the median distance of two samples to their standard deviation, and to that of the median of many. */
const DEVIATION_OF_DIFFERENCE = 1.48 / Math.SQRT2;
const MEDIAN_FACTOR = 1.25;

/**
 * Finds where the server's clock stepped against the client's.
 *
 * (up - down)/2 follows the clock; a queue, or a longer route in one direction, moves it by at most half of what it adds to
 * the round trip. A jump that is more than the round trips allow, and more than chance, is a step of the clock.
 */
export class StepFinder {
  /** How far queues may have moved the midpoint of each exchange. */
  readonly #noise: Float64Array;
  readonly #sampled = new Float64Array(MAX_SAMPLED);
  readonly #near = new Float64Array(NEIGHBOURS);
  /** Slope of the two lines of the last split. */
  #slope = 0;

  constructor(capacity: number) {
    this.#noise = new Float64Array(capacity);
  }

  /**
   * The exchange behind the clearest step within [from, to), or undefined when there is none. `shortestNs` is the shortest
   * round trip ever seen: it does not depend on the clocks. `granularityNs`: what the peer's timestamps are multiples of.
   */
  find(exchanges: Exchanges, from: number, to: number, shortestNs: number, granularityNs: number): number | undefined {
    if (to - from < MIN_EXCHANGES) return undefined;
    const split = this.likeliest(exchanges, from, to, shortestNs, granularityNs);
    return this.#isStep(exchanges, split, from, to, granularityNs) ? split : undefined;
  }

  /** Where the step must have been, when it is known from elsewhere that there was one. Needs two exchanges. */
  likeliest(exchanges: Exchanges, from: number, to: number, shortestNs: number, granularityNs: number): number {
    this.#fillNoise(exchanges, from, to, shortestNs, granularityNs);
    return this.#bestSplit(exchanges, from, to);
  }

  #fillNoise({ up, down }: Exchanges, from: number, to: number, shortestNs: number, granularityNs: number): void {
    const noise = this.#noise;
    const stride = Math.ceil((to - from) / MAX_SAMPLED);
    let sampled = 0;
    for (let i = from; i < to; i++) {
      noise[i] = Math.max(0, ((up[i] as number) + (down[i] as number) - shortestNs) / 2);
      if ((i - from) % stride === 0) this.#sampled[sampled++] = noise[i] as number;
    }
    // The shortest round trip may have queued too, in either direction.
    const few = 1 + FEW / (to - from);
    const usual = few * medianOf(this.#sampled.subarray(0, sampled)) + FLOOR_NS + granularityNs;
    for (let i = from; i < to; i++) noise[i] = (noise[i] as number) + usual;
  }

  /**
   * Two lines of one slope, one before `split` and one from there on, that fit the midpoints best: weighted least squares.
   * Returns the split; the slope is left in `#slope`. The sums are local variables, so that nothing is allocated for an exchange.
   */
  #bestSplit({ sentAt, arrivedAt, up, down }: Exchanges, from: number, to: number): number {
    const noise = this.#noise;
    const x0 = ((sentAt[from] as number) + (arrivedAt[from] as number)) / 2;
    const y0 = ((up[from] as number) - (down[from] as number)) / 2;
    // Weighted sums over all: of 1, x, y, xx, xy, yy.
    let w = 0;
    let wx = 0;
    let wy = 0;
    let wxx = 0;
    let wxy = 0;
    let wyy = 0;
    for (let i = from; i < to; i++) {
      const x = ((sentAt[i] as number) + (arrivedAt[i] as number)) / 2 - x0;
      const y = ((up[i] as number) - (down[i] as number)) / 2 - y0;
      const weight = 1 / ((noise[i] as number) * (noise[i] as number));
      w += weight;
      wx += weight * x;
      wy += weight * y;
      wxx += weight * x * x;
      wxy += weight * x * y;
      wyy += weight * y * y;
    }
    // Of each side only the first three are needed: a side's central moments add up to the total's less what lies between.
    let left = 0;
    let leftX = 0;
    let leftY = 0;
    let best = from + 1;
    let least = Number.POSITIVE_INFINITY;
    for (let split = from + 1; split < to; split++) {
      const i = split - 1;
      const weight = 1 / ((noise[i] as number) * (noise[i] as number));
      left += weight;
      leftX += weight * (((sentAt[i] as number) + (arrivedAt[i] as number)) / 2 - x0);
      leftY += weight * (((up[i] as number) - (down[i] as number)) / 2 - y0);
      const right = w - left;
      // A side that weighs next to nothing proves nothing, and its moments are rounding errors.
      if (Math.min(left, right) < MIN_SHARE * w) continue;
      const rightX = wx - leftX;
      const rightY = wy - leftY;
      const xx = wxx - (leftX * leftX) / left - (rightX * rightX) / right;
      const xy = wxy - (leftX * leftY) / left - (rightX * rightY) / right;
      const yy = wyy - (leftY * leftY) / left - (rightY * rightY) / right;
      const slope = xx > 0 ? Math.min(Math.max(xy / xx, -MAX_DRIFT), MAX_DRIFT) : 0;
      const misfit = yy - 2 * slope * xy + slope * slope * xx;
      if (misfit >= least) continue;
      least = misfit;
      best = split;
      this.#slope = slope;
    }
    return best;
  }

  /**
   * Compares the two sides next to the split twice: their medians, which must differ by more than chance, and their quietest
   * exchanges, which must differ by more than they can have queued.
   */
  #isStep(exchanges: Exchanges, split: number, from: number, to: number, granularityNs: number): boolean {
    const first = Math.max(from, split - NEIGHBOURS);
    const last = Math.min(to, split + NEIGHBOURS);
    const before = this.#quietest(first, split);
    const behind = this.#quietest(split, last);
    const apart = exchanges.middle(behind) - exchanges.middle(before);
    const jump = exchanges.midpoint(behind) - exchanges.midpoint(before) - this.#slope * apart;
    const medianApart = exchanges.middle((split + last - 1) >> 1) - exchanges.middle((first + split - 1) >> 1);
    const medianJump =
      this.#medianMidpoint(exchanges, split, last) -
      this.#medianMidpoint(exchanges, first, split) -
      this.#slope * medianApart;
    if (jump * medianJump <= 0) return false;
    const queues = (this.#noise[before] as number) + (this.#noise[behind] as number);
    const chance =
      this.#scatter(exchanges, from, to) * MEDIAN_FACTOR * Math.sqrt(1 / (split - first) + 1 / (last - split));
    const least = CLEARLY * (FLOOR_NS + granularityNs) + UNEVEN_DRIFT * (apart + medianApart);
    return Math.abs(jump) > BEYOND_QUEUES * queues + least && Math.abs(medianJump) > CLEARLY * chance + least;
  }

  #medianMidpoint(exchanges: Exchanges, from: number, to: number): number {
    for (let i = from; i < to; i++) this.#near[i - from] = exchanges.midpoint(i);
    return medianOf(this.#near.subarray(0, to - from));
  }

  /** Standard deviation of a midpoint, from those of neighbours: neither a step nor a slope counts. */
  #scatter(exchanges: Exchanges, from: number, to: number): number {
    const stride = Math.ceil((to - from - 1) / MAX_SAMPLED);
    let sampled = 0;
    for (let i = from + 1; i < to; i += stride) {
      this.#sampled[sampled++] = Math.abs(exchanges.midpoint(i) - exchanges.midpoint(i - 1));
    }
    return medianOf(this.#sampled.subarray(0, sampled)) * DEVIATION_OF_DIFFERENCE;
  }

  #quietest(from: number, to: number): number {
    let best = from;
    for (let i = from + 1; i < to; i++) if ((this.#noise[i] as number) < (this.#noise[best] as number)) best = i;
    return best;
  }
}

/** Sorts what it is given. */
const medianOf = (values: Float64Array): number => values.sort()[values.length >> 1] as number;
