import type { OwdBasis } from '@pathgauge/result';
import type { ClockFit } from './clock-fit';

/** The offset that values are corrected by, as a line over time: server minus client, in nanoseconds. */
export interface ClockLine {
  readonly middle: number;
  readonly offsetNs: number;
  /** Dimensionless. */
  readonly slope: number;
}

/** A line between two steps, or ends of windows, and what is known about it. */
export interface ClockSegment {
  readonly from: number;
  readonly to: number;
  readonly line: ClockLine;
  readonly fit: ClockFit;
  /** What a claim about the clocks says: the true offset is within [line + lowNs, line + highNs]. Undefined without one. */
  readonly claimed:
    | { readonly basis: Exclude<OwdBasis, 'bounds'>; readonly lowNs: number; readonly highNs: number }
    | undefined;
  /** A clock stepped where it begins. */
  readonly stepped: boolean;
}

/** What is known of the two clocks over a run. */
export interface ClockKnowledge {
  readonly basis: OwdBasis;
  /** Server minus client at the middle of the run: by the line there. */
  readonly offsetNs: number;
  /** At every instant of the run the true offset is within [line + lowNs, line + highNs]. */
  readonly lowNs: number;
  readonly highNs: number;
  /** The lowest and the highest that the true offset may have been at any time. */
  readonly smallestNs: number;
  readonly largestNs: number;
  /** Above 0: the server's clock gains. Undefined until both directions agree. */
  readonly skewPpm: number | undefined;
  readonly steps: number;
}

// Lines kept to find the one of mid-run; with more, every second one goes.
const MOST_LINES = 512;

/** Adds up what the segments of a run tell. Constant memory. */
export class ClockSummary {
  #lines: (ClockLine & { readonly from: number; readonly to: number })[] = [];
  #begin = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;
  #basis: Exclude<OwdBasis, 'bounds'> | undefined;
  #held = true;
  #claimed = new Range();
  #proven = new Range();
  #claimedOffsets = new Range();
  #provenOffsets = new Range();
  #steps = 0;
  #skewTime = 0;
  #skewSum = 0;
  #time = 0;

  /** False once a segment had no claim that held. */
  get held(): boolean {
    return this.#held;
  }

  copy(): ClockSummary {
    const copy = new ClockSummary();
    copy.#lines = [...this.#lines];
    copy.#begin = this.#begin;
    copy.#end = this.#end;
    copy.#basis = this.#basis;
    copy.#held = this.#held;
    copy.#claimed = this.#claimed.copy();
    copy.#proven = this.#proven.copy();
    copy.#claimedOffsets = this.#claimedOffsets.copy();
    copy.#provenOffsets = this.#provenOffsets.copy();
    copy.#steps = this.#steps;
    copy.#skewTime = this.#skewTime;
    copy.#skewSum = this.#skewSum;
    copy.#time = this.#time;
    return copy;
  }

  add({ from, to, line, fit, claimed, stepped }: ClockSegment): void {
    this.#begin = Math.min(this.#begin, from);
    this.#end = Math.max(this.#end, to);
    if (this.#lines.length === MOST_LINES) this.#lines = this.#lines.filter((_, i) => i % 2 === 0);
    this.#lines.push({ from, to, middle: line.middle, offsetNs: line.offsetNs, slope: line.slope });
    if (stepped) this.#steps++;
    if (claimed === undefined) this.#held = false;
    else this.#basis = claimed.basis;
    for (const at of [from, to]) {
      const fitted = valueAt(fit, at);
      const own = valueAt(line, at);
      this.#proven.add(fitted + fit.lowNs - own, fitted + fit.highNs - own);
      this.#provenOffsets.add(fitted + fit.lowNs, fitted + fit.highNs);
    }
    if (claimed !== undefined) {
      this.#claimed.add(claimed.lowNs, claimed.highNs);
      this.#claimedOffsets.add(line.offsetNs + claimed.lowNs, line.offsetNs + claimed.highNs);
    }
    this.#time += to - from;
    if (fit.skew === undefined) return;
    this.#skewTime += to - from;
    this.#skewSum += fit.skew.ratio * (to - from);
  }

  snapshot(): ClockKnowledge | undefined {
    if (this.#lines.length === 0) return undefined;
    const claims = this.#held && this.#basis !== undefined;
    const { low, high } = claims ? this.#claimed : this.#proven;
    const offsets = claims ? this.#claimedOffsets : this.#provenOffsets;
    return {
      basis: claims ? (this.#basis as OwdBasis) : 'bounds',
      offsetNs: this.#offsetAtMiddle(),
      lowNs: low,
      highNs: high,
      smallestNs: offsets.low,
      largestNs: offsets.high,
      skewPpm: this.#skewPpm(claims),
      steps: this.#steps,
    };
  }

  /** One clock has no skew against itself. Otherwise it is told when it is known for most of the time. */
  #skewPpm(claims: boolean): number | undefined {
    if (claims && this.#basis === 'same-clock') return 0;
    return this.#skewTime > 0 && this.#skewTime * 2 >= this.#time ? (this.#skewSum / this.#skewTime) * 1e6 : undefined;
  }

  #offsetAtMiddle(): number {
    const middle = (this.#begin + this.#end) / 2;
    // The last one that had begun by then: it covers the middle, unless lines were left out.
    const line = this.#lines.filter(({ from }) => from <= middle).at(-1) as ClockLine;
    return valueAt(line, middle);
  }
}

export const valueAt = ({ middle, offsetNs, slope }: ClockLine, at: number): number => offsetNs + slope * (at - middle);

class Range {
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;

  add(low: number, high: number): void {
    if (low < this.low) this.low = low;
    if (high > this.high) this.high = high;
  }

  copy(): Range {
    const copy = new Range();
    copy.add(this.low, this.high);
    return copy;
  }
}
