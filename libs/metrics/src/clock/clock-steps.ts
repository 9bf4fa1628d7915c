import type { Exchanges } from './exchanges';

// Exchanges on either side among which the best one shows how high a step is.
const NEIGHBOURS = 8;
// A step must be this many times what the delays could feign.
const CLEARLY = 4;
/** With fewer exchanges the shortest round trip says too little of what the others queued. */
const FEWEST = 8;
/** So many exchanges tell what they usually queue. */
const MOST_SAMPLED = 256;
/** Of the weight of all exchanges. */
const LEAST_SHARE = 1e-9;
/** Timestamps are no better than this. */
const FLOOR_NS = 1_000;
/** What the clocks may drift beyond the common slope between two exchanges, as a ratio. */
const UNEVEN_DRIFT = 200e-6;
/** A steeper common slope is no drift: it is what several steps look like together. */
const STEEPEST_DRIFT = 1e-3;

/**
 * Finds where the server's clock stepped against the client's.
 *
 * (up - down)/2 follows the clock; a queue, or a longer route in one direction, moves it by at most half of what it adds to
 * the round trip. A jump that is several times as large as the round trips allow is a step of the clock.
 */
export class StepFinder {
  /** By how much each exchange's midpoint may be off, because of what it queued. */
  readonly #noise: Float64Array;
  readonly #sampled = new Float64Array(MOST_SAMPLED);
  #slope = 0;

  constructor(capacity: number) {
    this.#noise = new Float64Array(capacity);
  }

  /**
   * The exchange behind the clearest step within [from, to), or undefined when there is none. `shortestNs` is the shortest
   * round trip ever seen: it does not depend on the clocks.
   */
  find(exchanges: Exchanges, from: number, to: number, shortestNs: number): number | undefined {
    if (to - from < FEWEST) return undefined;
    this.#fillNoise(exchanges, from, to, shortestNs);
    const split = this.#bestSplit(exchanges, from, to);
    return this.#isStep(exchanges, split, from, to) ? split : undefined;
  }

  #fillNoise(exchanges: Exchanges, from: number, to: number, shortestNs: number): void {
    const noise = this.#noise;
    const { up, down } = exchanges;
    const stride = Math.ceil((to - from) / MOST_SAMPLED);
    let sampled = 0;
    for (let i = from; i < to; i++) {
      noise[i] = ((up[i] as number) + (down[i] as number) - shortestNs) / 2;
      if ((i - from) % stride === 0) this.#sampled[sampled++] = noise[i] as number;
    }
    // The shortest round trip may have queued too: as much as the others usually do.
    const usual = this.#sampled.subarray(0, sampled).sort()[sampled >> 1] as number;
    for (let i = from; i < to; i++) noise[i] = (noise[i] as number) + usual + FLOOR_NS;
  }

  /**
   * Two lines of one slope, one before `split` and one from there on, that fit the midpoints best: weighted least squares.
   * Returns the split; the slope is left in `#slope`. Sums in local variables: nothing is allocated for an exchange.
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
      if (Math.min(left, right) < LEAST_SHARE * w) continue;
      const rightX = wx - leftX;
      const rightY = wy - leftY;
      const xx = wxx - (leftX * leftX) / left - (rightX * rightX) / right;
      const xy = wxy - (leftX * leftY) / left - (rightX * rightY) / right;
      const yy = wyy - (leftY * leftY) / left - (rightY * rightY) / right;
      const slope = xx > 0 ? Math.min(Math.max(xy / xx, -STEEPEST_DRIFT), STEEPEST_DRIFT) : 0;
      const misfit = yy - 2 * slope * xy + slope * slope * xx;
      if (misfit >= least) continue;
      least = misfit;
      best = split;
      this.#slope = slope;
    }
    return best;
  }

  /** Compares the quietest exchanges on both sides. */
  #isStep(exchanges: Exchanges, split: number, from: number, to: number): boolean {
    const before = this.#quietest(Math.max(from, split - NEIGHBOURS), split);
    const behind = this.#quietest(split, Math.min(to, split + NEIGHBOURS));
    const apart = exchanges.middle(behind) - exchanges.middle(before);
    const jump = Math.abs(exchanges.midpoint(behind) - exchanges.midpoint(before) - this.#slope * apart);
    const feigned = (this.#noise[before] as number) + (this.#noise[behind] as number);
    return jump > CLEARLY * (feigned + UNEVEN_DRIFT * Math.abs(apart));
  }

  #quietest(from: number, to: number): number {
    let best = from;
    for (let i = from + 1; i < to; i++) if ((this.#noise[i] as number) < (this.#noise[best] as number)) best = i;
    return best;
  }
}
