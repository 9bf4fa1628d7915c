import type { Exchanges } from './exchanges';

// Exchanges on either side among which the best one shows how high a step is.
const NEIGHBOURS = 8;
// A step must be this many times what the delays could feign.
const CLEARLY = 4;
/** With fewer exchanges the shortest round trip says too little of what the others queued. */
const FEWEST = 8;
/** So many exchanges tell what they usually queue. */
const MOST_SAMPLED = 256;
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
    const { split, slope } = this.#bestSplit(exchanges, from, to);
    return this.#isStep(exchanges, split, slope, from, to) ? split : undefined;
  }

  #fillNoise(exchanges: Exchanges, from: number, to: number, shortestNs: number): void {
    const noise = this.#noise;
    const stride = Math.ceil((to - from) / MOST_SAMPLED);
    let sampled = 0;
    for (let i = from; i < to; i++) {
      noise[i] = (exchanges.roundTrip(i) - shortestNs) / 2;
      if ((i - from) % stride === 0) this.#sampled[sampled++] = noise[i] as number;
    }
    // The shortest round trip may have queued too: as much as the others usually do.
    const usual = this.#sampled.subarray(0, sampled).sort()[sampled >> 1] as number;
    for (let i = from; i < to; i++) noise[i] = (noise[i] as number) + usual + FLOOR_NS;
  }

  /** Two lines of one slope, one before `split` and one from there on, that fit the midpoints best: weighted least squares. */
  #bestSplit(exchanges: Exchanges, from: number, to: number): { split: number; slope: number } {
    const left = new Moments();
    const right = new Moments();
    const x0 = exchanges.middle(from);
    const y0 = exchanges.midpoint(from);
    const weight = (i: number): number => 1 / (this.#noise[i] as number) ** 2;
    for (let i = from; i < to; i++) right.add(exchanges.middle(i) - x0, exchanges.midpoint(i) - y0, weight(i));
    let best = from + 1;
    let bestSlope = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let split = from + 1; split < to; split++) {
      const x = exchanges.middle(split - 1) - x0;
      const y = exchanges.midpoint(split - 1) - y0;
      left.add(x, y, weight(split - 1));
      right.add(x, y, -weight(split - 1));
      const xx = left.xx + right.xx;
      const xy = left.xy + right.xy;
      const slope = xx > 0 ? Math.min(Math.max(xy / xx, -STEEPEST_DRIFT), STEEPEST_DRIFT) : 0;
      const misfit = left.yy + right.yy - 2 * slope * xy + slope * slope * xx;
      if (misfit >= least) continue;
      least = misfit;
      best = split;
      bestSlope = slope;
    }
    return { split: best, slope: bestSlope };
  }

  /** Compares the quietest exchanges on both sides. */
  #isStep(exchanges: Exchanges, split: number, slope: number, from: number, to: number): boolean {
    const before = this.#quietest(Math.max(from, split - NEIGHBOURS), split);
    const behind = this.#quietest(split, Math.min(to, split + NEIGHBOURS));
    const apart = exchanges.middle(behind) - exchanges.middle(before);
    const jump = Math.abs(exchanges.midpoint(behind) - exchanges.midpoint(before) - slope * apart);
    const feigned = (this.#noise[before] as number) + (this.#noise[behind] as number);
    return jump > CLEARLY * (feigned + UNEVEN_DRIFT * Math.abs(apart));
  }

  #quietest(from: number, to: number): number {
    let best = from;
    for (let i = from + 1; i < to; i++) if ((this.#noise[i] as number) < (this.#noise[best] as number)) best = i;
    return best;
  }
}

/** Weighted sums of points, and from them the central moments. */
class Moments {
  #w = 0;
  #x = 0;
  #y = 0;
  #xx = 0;
  #xy = 0;
  #yy = 0;

  add(x: number, y: number, weight: number): void {
    this.#w += weight;
    this.#x += weight * x;
    this.#y += weight * y;
    this.#xx += weight * x * x;
    this.#xy += weight * x * y;
    this.#yy += weight * y * y;
  }

  get xx(): number {
    return this.#xx - (this.#x * this.#x) / this.#w;
  }

  get xy(): number {
    return this.#xy - (this.#x * this.#y) / this.#w;
  }

  get yy(): number {
    return this.#yy - (this.#y * this.#y) / this.#w;
  }
}
