import type { OwdBasis } from '@pathgauge/result';
import { type ClockFit, isPresent } from './clock-fit';
import { type ClockChange, type ClockLine, valueAt } from './clock-line';
import { MeanSkew } from './mean-skew';
import { StepCount } from './step-count';

/** What a claim about the clocks says: the true offset is within [line + lowNs, line + highNs]. */
export interface HeldClaim {
  readonly basis: Exclude<OwdBasis, 'bounds'>;
  readonly line: ClockLine;
  readonly lowNs: number;
  readonly highNs: number;
}

/** A run of exchanges without a step, and what is known from them. */
export interface ClockSegment {
  readonly fit: ClockFit;
  /** Undefined when nothing is claimed, or no longer. */
  readonly claimed: HeldClaim | undefined;
  /** What the clocks did where it begins; undefined when it goes on from the last. */
  readonly change: ClockChange | undefined;
  /** The longest time between two of its exchanges, or to those next to it. */
  readonly longestGapNs: number;
}

/** What is known of the two clocks over a run. */
export interface ClockKnowledge {
  readonly basis: OwdBasis;
  /** Server minus client at the middle of the run: by the line there. */
  readonly offsetNs: number;
  readonly offsetLowNs: number;
  readonly offsetHighNs: number;
  /** At every exchange of the run the true offset is within [line + lowNs, line + highNs]. */
  readonly lowNs: number;
  readonly highNs: number;
  /** The lowest and the highest that the true offset may have been at any time. */
  readonly smallestNs: number;
  readonly largestNs: number;
  /** Above 0: the server's clock gains. Undefined unless it is known to be other than 0. */
  readonly skewPpm: number | undefined;
  /** Undefined where it is not known, or changes during the run. */
  readonly skewLowPpm: number | undefined;
  readonly skewHighPpm: number | undefined;
  readonly steps: number;
}

/** By how much the pace of clocks may change between two exchanges, when NTP slews both. Halfway a quarter of it shows. */
const MAX_BEND = 1e-3;
// Lines are kept to find the one of mid-run; where there would be more, every second one is dropped.
const MAX_LINES = 512;

interface KeptLine extends ClockLine {
  readonly from: number;
  readonly change: ClockChange | undefined;
  readonly longestGapNs: number;
}

/** What is known since the last step. Its lines go on from each other. */
class Part {
  /** Bounds of the true offset, less that of the lines. */
  readonly proven = new Range();
  /** The line of its last segment; undefined before the first. */
  line: ClockLine | undefined;
  /** The smallest delay seen in each direction, by the lines: the true offset is in [line - floorDown, line + floorUp]. */
  floorUp = Number.POSITIVE_INFINITY;
  floorDown = Number.POSITIVE_INFINITY;

  copy(): Part {
    const copy = new Part();
    copy.proven.add(this.proven.low, this.proven.high);
    copy.line = this.line;
    copy.floorUp = this.floorUp;
    copy.floorDown = this.floorDown;
    return copy;
  }

  /**
   * The line of the next segment. The first one is in the middle of what the smallest delays of both directions allow: as if
   * those were equal. From there it goes on where the last one was, so that no delay seems to change between windows. A
   * queue, or a new route, lifts the smallest delay of a direction; a clock that drifts unseen lifts one and lowers the other
   * by as much: that is followed.
   */
  follow(fit: ClockFit): ClockLine {
    const { middle, slope } = fit;
    if (this.line === undefined) return { middle, slope, offsetNs: fit.offsetNs };
    const offsetNs = valueAt(this.line, fit.from) + slope * (middle - fit.from);
    const up = fit.highestNs - offsetNs - this.floorUp;
    const down = offsetNs - fit.lowestNs - this.floorDown;
    const drift = up * down < 0 ? Math.sign(up) * Math.min(Math.abs(up), Math.abs(down)) : 0;
    return { middle, slope, offsetNs: offsetNs + drift };
  }
}

/** Adds up what is known from the segments of a run. Constant memory. */
export class ClockSummary {
  #lines: KeptLine[] = [];
  #part = new Part();
  #begin = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;
  #basis: HeldClaim['basis'] | undefined;
  #held = true;
  #claimed = new Range();
  #proven = new Range();
  #claimedOffsets = new Range();
  #provenOffsets = new Range();
  #steps = new StepCount();
  #skew = new MeanSkew();

  /** False once a segment had no claim that held. */
  get held(): boolean {
    return this.#held;
  }

  copy(): ClockSummary {
    const copy = new ClockSummary();
    copy.#lines = [...this.#lines];
    copy.#part = this.#part.copy();
    copy.#begin = this.#begin;
    copy.#end = this.#end;
    copy.#basis = this.#basis;
    copy.#held = this.#held;
    copy.#claimed = this.#claimed.copy();
    copy.#proven = this.#proven.copy();
    copy.#claimedOffsets = this.#claimedOffsets.copy();
    copy.#provenOffsets = this.#provenOffsets.copy();
    copy.#steps = this.#steps.copy();
    copy.#skew = this.#skew.copy();
    return copy;
  }

  /** Takes in a segment; returns the line to correct its values by. A part must have been ended before one that is stepped. */
  extend({ fit, claimed, change, longestGapNs }: ClockSegment): ClockLine {
    this.#steps.add({ fit, change });
    const { from, to } = fit;
    const part = this.#part;
    const line = claimed?.line ?? part.follow(fit);
    part.line = line;
    // By a claim the line is level; the smallest delays are then those of a level line.
    const [lowest, highest] =
      claimed === undefined ? [fit.lowestNs, fit.highestNs] : [fit.constantLowNs, fit.constantHighNs];
    part.floorUp = Math.min(part.floorUp, highest - line.offsetNs);
    part.floorDown = Math.min(part.floorDown, line.offsetNs - lowest);
    for (const at of [from, to]) {
      const fitted = valueAt(fit, at);
      const own = valueAt(line, at);
      part.proven.add(fitted + fit.lowNs - own, fitted + fit.highNs - own);
      this.#provenOffsets.add(fitted + fit.lowNs, fitted + fit.highNs);
    }
    this.#begin = Math.min(this.#begin, from);
    this.#end = Math.max(this.#end, to);
    if (this.#lines.length === MAX_LINES) this.#lines = this.#lines.filter((_, i) => i % 2 === 0);
    this.#lines.push({ ...line, from, change, longestGapNs });
    if (claimed === undefined) {
      this.#held = false;
    } else {
      this.#basis = claimed.basis;
      this.#claimed.add(claimed.lowNs, claimed.highNs);
      this.#claimedOffsets.add(line.offsetNs + claimed.lowNs, line.offsetNs + claimed.highNs);
    }
    this.#skew.add(fit.skew, to - from, change?.kind === 'pace');
    return line;
  }

  /** Called where a step follows, and at the end. */
  endPart(): void {
    this.#proven.add(this.#part.proven.low, this.#part.proven.high);
    this.#part = new Part();
  }

  /** The offset at the end of the last segment, as far as is claimed by now: without a claim it is no better than its bounds. */
  latestNs(): number | undefined {
    const { line } = this.#part;
    return line === undefined || !this.#held ? undefined : valueAt(line, this.#end);
  }

  /** Once every part is ended. Undefined before the first segment. */
  snapshot(): ClockKnowledge | undefined {
    if (this.#lines.length === 0) return undefined;
    const claims = this.#held && this.#basis !== undefined;
    const { low, high } = claims ? this.#claimed : this.#proven;
    const offsets = claims ? this.#claimedOffsets : this.#provenOffsets;
    return {
      basis: claims ? (this.#basis as OwdBasis) : 'bounds',
      ...this.#offsetAtMiddle(claims, low, high),
      lowNs: low,
      highNs: high,
      smallestNs: offsets.low,
      largestNs: offsets.high,
      ...this.#skewPpm(claims),
      steps: this.#steps.steps,
    };
  }

  /** One clock has no skew against itself. */
  #skewPpm(claims: boolean): Pick<ClockKnowledge, 'skewPpm' | 'skewLowPpm' | 'skewHighPpm'> {
    if (claims && this.#basis === 'same-clock') return { skewPpm: 0, skewLowPpm: 0, skewHighPpm: 0 };
    const skew = this.#skew.mean();
    return {
      skewPpm: isPresent(skew) ? skew.ratio * 1e6 : undefined,
      skewLowPpm: skew && skew.low * 1e6,
      skewHighPpm: skew && skew.high * 1e6,
    };
  }

  #offsetAtMiddle(
    claims: boolean,
    low: number,
    high: number,
  ): Pick<ClockKnowledge, 'offsetNs' | 'offsetLowNs' | 'offsetHighNs'> {
    const middle = (this.#begin + this.#end) / 2;
    // The last line that had begun by then covers the middle, unless lines were dropped.
    const line = this.#lines.filter(({ from }) => from <= middle).at(-1) as KeptLine;
    const offsetNs = valueAt(line, middle);
    const possible = new Range();
    possible.add(offsetNs, offsetNs);
    this.#lines.forEach(({ change }, i) => {
      // Where the clocks changed at the middle, the offset of before may be the true one, or that of after.
      if (change === undefined || change.after > middle || change.before < middle) return;
      for (const side of this.#lines.slice(Math.max(0, i - 1), i + 1)) {
        const value = valueAt(side, middle);
        possible.add(value, value);
      }
    });
    // Nothing is known between two exchanges: the pace may change, and what looks like a drift may be a step.
    const bent = claims ? 0 : (MAX_BEND / 4 + Math.abs(line.slope)) * line.longestGapNs;
    return { offsetNs, offsetLowNs: possible.low + low - bent, offsetHighNs: possible.high + high + bent };
  }
}

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
