import type { Distribution, DistributionState } from '@pathgauge/result';
import type { Estimator } from '../estimator';
import { LogLinearBins } from './log-linear-bins';

// Up to here every value is kept and percentiles are exact; 32 KiB at most.
const EXACT_LIMIT = 4096;
const FIRST_CAPACITY = 16;
const EMPTY = new Float64Array(0);

/** Below these counts a percentile would be an extreme value under another name. */
const MIN_FOR_P90 = 10;
const MIN_FOR_P95 = 20;
const MIN_FOR_P99 = 100;
const MIN_FOR_P999 = 1000;

/**
 * The distribution of a delay. A sample is a span in whole nanoseconds, of any sign, in any order. Percentiles are exact
 * up to 4096 samples; beyond, within 0.05 % of the distance to the smallest of the first 4096, so that a large constant
 * in the samples (the offset of a peer's clock) costs no precision. Minimum, maximum, mean and standard deviation are
 * always exact to rounding. Percentiles are by nearest rank; the median of an even count is the mean of the middle two.
 * No answer before the first sample. Throws nothing.
 */
export class DelayDistribution implements Estimator<number, Distribution | undefined> {
  #count = 0;
  #exact: Float64Array | undefined = EMPTY;
  #bins: LogLinearBins | undefined;
  /** Bins hold distances from here. */
  #reference = 0;
  /** Moments are taken about the first sample, so that a large common offset does not eat the digits. */
  #origin = 0;
  #mean = 0;
  #sumSquares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** The smallest sample so far; +Infinity before the first. */
  get minNs(): number {
    return this.#min;
  }

  /** The largest sample so far; -Infinity before the first. */
  get maxNs(): number {
    return this.#max;
  }

  record(valueNs: number): void {
    if (this.#count === 0) this.#origin = valueNs;
    const index = this.#count++;
    if (valueNs < this.#min) this.#min = valueNs;
    if (valueNs > this.#max) this.#max = valueNs;
    const distance = valueNs - this.#origin;
    const before = distance - this.#mean;
    this.#mean += before / this.#count;
    this.#sumSquares += before * (distance - this.#mean);
    if (this.#bins !== undefined) this.#bins.add(Math.round(valueNs - this.#reference));
    else this.#keep(index, valueNs);
  }

  /** The same as `times` samples of one value, in one step. */
  recordMany(valueNs: number, times: number): void {
    if (this.#bins === undefined && this.#count + times > EXACT_LIMIT)
      this.#spill(this.#count === 0 ? valueNs : undefined);
    if (this.#bins === undefined) {
      for (let i = 0; i < times; i++) this.record(valueNs);
      return;
    }
    if (this.#count === 0) this.#origin = valueNs;
    const total = this.#count + times;
    const before = valueNs - this.#origin - this.#mean;
    this.#sumSquares += (before * before * this.#count * times) / total;
    this.#mean += (before * times) / total;
    this.#count = total;
    if (valueNs < this.#min) this.#min = valueNs;
    if (valueNs > this.#max) this.#max = valueNs;
    this.#bins.add(Math.round(valueNs - this.#reference), times);
  }

  /** A copy with every value moved by `shiftNs`: how a clock offset is taken out after the fact. */
  snapshot(shiftNs = 0): Distribution | undefined {
    if (this.#count === 0) return undefined;
    const count = this.#count;
    const ranks = [0.9, 0.95, 0.99, 0.999].map((share) => Math.ceil(share * count) - 1);
    const middle = [Math.floor((count - 1) / 2), Math.floor(count / 2)];
    const [lower, upper, p90, p95, p99, p999] = this.#valuesAt([...middle, ...ranks]) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      count,
      minNs: this.#min + shiftNs,
      meanNs: this.#origin + this.#mean + shiftNs,
      stddevNs: count > 1 ? Math.sqrt(this.#sumSquares / (count - 1)) : undefined,
      medianNs: (lower + upper) / 2 + shiftNs,
      p90Ns: count < MIN_FOR_P90 ? undefined : p90 + shiftNs,
      p95Ns: count < MIN_FOR_P95 ? undefined : p95 + shiftNs,
      p99Ns: count < MIN_FOR_P99 ? undefined : p99 + shiftNs,
      p999Ns: count < MIN_FOR_P999 ? undefined : p999 + shiftNs,
      maxNs: this.#max + shiftNs,
    };
  }

  /** Adds everything that `other` has seen, moved by `shiftNs`, as if it had been recorded here. */
  merge(other: DelayDistribution, shiftNs = 0): void {
    if (other.#count > 0) this.add(other.state(shiftNs));
  }

  /** Adds a distribution that was taken elsewhere; its bins must add up to its count. */
  add(state: DistributionState): void {
    if (this.#exact !== undefined && this.#count + state.count <= EXACT_LIMIT) {
      for (const [value, occurrences] of state.bins) for (let n = 0; n < occurrences; n++) this.record(value);
      return;
    }
    if (this.#count === 0) this.#origin = state.minNs;
    // The finer bins are where the larger part lies.
    this.#spill(state.count > this.#count ? state.referenceNs : undefined);
    const total = this.#count + state.count;
    const gap = state.meanNs - this.#origin - this.#mean;
    this.#sumSquares += state.sumSquares + (gap * gap * this.#count * state.count) / total;
    this.#mean += (gap * state.count) / total;
    this.#count = total;
    this.#min = Math.min(this.#min, state.minNs);
    this.#max = Math.max(this.#max, state.maxNs);
    for (const [value, occurrences] of state.bins) this.#bins?.add(Math.round(value - this.#reference), occurrences);
  }

  /** Everything needed to go on elsewhere, every value moved by `shiftNs`. Only once something has been recorded. */
  state(shiftNs = 0): DistributionState {
    return {
      count: this.#count,
      meanNs: this.#origin + this.#mean + shiftNs,
      sumSquares: this.#sumSquares,
      minNs: this.#min + shiftNs,
      maxNs: this.#max + shiftNs,
      referenceNs: (this.#bins === undefined ? this.#min : this.#reference) + shiftNs,
      bins: joined(this.#pairs(), shiftNs),
    };
  }

  #keep(index: number, valueNs: number): void {
    let exact = this.#exact as Float64Array;
    if (index === exact.length) {
      if (index === EXACT_LIMIT) {
        this.#spill();
        this.#bins?.add(Math.round(valueNs - this.#reference));
        return;
      }
      const larger = new Float64Array(Math.max(FIRST_CAPACITY, exact.length * 2));
      larger.set(exact);
      this.#exact = exact = larger;
    }
    exact[index] = valueNs;
  }

  /** From exact values to bins, finest about `reference`, or else about the smallest value. */
  #spill(reference?: number): void {
    if (this.#bins !== undefined) return;
    const bins = new LogLinearBins();
    const kept = (this.#exact as Float64Array).subarray(0, Math.min(this.#count, EXACT_LIMIT));
    this.#reference = reference ?? smallestOf(kept);
    for (const value of kept) bins.add(Math.round(value - this.#reference));
    this.#bins = bins;
    this.#exact = undefined;
  }

  #pairs(): (readonly [number, number])[] {
    if (this.#bins !== undefined) {
      return [...this.#bins.ascending()].map(({ value, count }) => [value + this.#reference, count] as const);
    }
    const pairs: [number, number][] = [];
    for (const value of this.#sorted()) {
      const last = pairs.at(-1);
      if (last !== undefined && last[0] === value) last[1]++;
      else pairs.push([value, 1]);
    }
    return pairs;
  }

  #sorted(): Float64Array {
    return (this.#exact as Float64Array).slice(0, this.#count).sort();
  }

  /** The values at ascending ranks counted from 0. */
  #valuesAt(ranks: readonly number[]): number[] {
    if (this.#bins === undefined) {
      const sorted = this.#sorted();
      return ranks.map((rank) => sorted[rank] as number);
    }
    const values: number[] = [];
    let seen = 0;
    for (const { value, count } of this.#bins.ascending()) {
      seen += count;
      while (values.length < ranks.length && (ranks[values.length] as number) < seen) {
        values.push(Math.min(Math.max(value + this.#reference, this.#min), this.#max));
      }
    }
    return values;
  }
}

/** Bins moved by `shiftNs`. Far from 0 the values of two neighbours may become equal; they are joined. */
function joined(pairs: readonly (readonly [number, number])[], shiftNs: number): [number, number][] {
  const moved: [number, number][] = [];
  for (const [value, count] of pairs) {
    const last = moved.at(-1);
    if (last !== undefined && last[0] === value + shiftNs) last[1] += count;
    else moved.push([value + shiftNs, count]);
  }
  return moved;
}

function smallestOf(values: Float64Array): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < smallest) smallest = value;
  return smallest === Number.POSITIVE_INFINITY ? 0 : smallest;
}
