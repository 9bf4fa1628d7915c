import { CLEARLY_PRESENT, type ClockFit, ClockFitter } from './clock-fit';
import { StepFinder } from './clock-steps';
import { type ClockKnowledge, type ClockLine, type ClockSegment, ClockSummary, valueAt } from './clock-summary';
import { type Exchange, Exchanges } from './exchanges';

// What is fitted together. Of a full window the last eighth is fitted again with what follows, so that a step is never at
// the very end of what is known.
const WINDOW = 4096;
const SETTLED_SHARE = 7 / 8;
/** Over a longer time no clock runs evenly. */
const LONGEST_WINDOW_NS = 600e9;

/** What is known of the two clocks from elsewhere: the server's reads within `errorNs` of what the client's does. */
export interface ClockClaim {
  readonly basis: 'same-clock' | 'synchronised';
  readonly errorNs: number;
}

/** Exchanges that have got their line: those at [from, to). `stepped`: a clock stepped where they begin. */
export interface SettledExchanges {
  readonly exchanges: Exchanges;
  readonly from: number;
  readonly to: number;
  readonly line: ClockLine;
  readonly stepped: boolean;
}

/** Whether the timestamps of an exchange can be true: the server's own time is no longer than the whole round trip. */
export const isPossible = (upNs: number, downNs: number): boolean => upNs + downNs >= -1;

/**
 * The clock engine: from exchanges of timestamps, what the server's clock reads less the client's, and how surely that is
 * known. A sample is one exchange, in order of sending, whose timestamps are possible. They are fitted window by window, between
 * the steps of a clock; memory is one window. Nothing is believed but that no packet arrives before it
 * was sent, unless there is a claim, which holds until an exchange, a step or a skew contradicts it.
 */
export class ClockEngine {
  readonly #exchanges = new Exchanges(WINDOW);
  readonly #fitter = new ClockFitter(WINDOW);
  readonly #steps = new StepFinder(WINDOW);
  readonly #summary = new ClockSummary();
  readonly #claim: () => ClockClaim | undefined;
  readonly #onSettled: (settled: SettledExchanges) => void;
  /** A clock stepped just where the exchanges of the window begin. */
  #begunByStep = false;
  /** Round trip, of the whole run. */
  #shortestNs = Number.POSITIVE_INFINITY;

  /** `claim` is asked whenever exchanges are settled. */
  constructor(claim: () => ClockClaim | undefined, onSettled: (settled: SettledExchanges) => void = () => {}) {
    this.#claim = claim;
    this.#onSettled = onSettled;
  }

  record(exchange: Exchange): void {
    this.#shortestNs = Math.min(this.#shortestNs, exchange.upNs + exchange.downNs);
    const { length } = this.#exchanges;
    if (length === WINDOW || this.#tooLongAgo(exchange)) this.#settle(Math.ceil(length * SETTLED_SHARE));
    if (this.#tooLongAgo(exchange)) this.#settle(this.#exchanges.length);
    this.#exchanges.push(exchange);
  }

  /** Whether the window reaches too far back to be fitted together with an exchange. */
  #tooLongAgo({ sentAt }: Exchange): boolean {
    return this.#exchanges.length > 0 && sentAt - (this.#exchanges.sentAt[0] as number) > LONGEST_WINDOW_NS;
  }

  /** Settles everything. */
  finish(): void {
    this.#settle(this.#exchanges.length);
  }

  /** What is known so far, from all exchanges. Undefined before the first. */
  snapshot(): ClockKnowledge | undefined {
    const summary = this.#summary.copy();
    for (const segment of this.#segments(summary.held)) summary.add(segment);
    return summary.snapshot();
  }

  /** The offset at the last exchange, as far as is known now. Undefined before the first. */
  latestOffsetNs(): number | undefined {
    const last = this.#segments(this.#summary.held).at(-1);
    return last === undefined ? undefined : valueAt(last.line, last.to);
  }

  #settle(count: number): void {
    const segments = this.#segments(this.#summary.held);
    for (const segment of segments) {
      if (segment.first >= count) break;
      this.#summary.add(segment);
      const { first: from, end, line, stepped } = segment;
      this.#onSettled({ exchanges: this.#exchanges, from, to: Math.min(end, count), line, stepped });
    }
    this.#begunByStep = segments.some(({ first }) => first === count);
    this.#exchanges.drop(count);
  }

  /** The exchanges of the window, parted where a clock stepped. */
  #segments(claimHolds: boolean): (ClockSegment & { readonly first: number; readonly end: number })[] {
    const parts = this.#part(0, this.#exchanges.length);
    const whole = parts.length === 1 && !this.#begunByStep;
    return parts.map(({ first, end, fit }) => {
      const claimed = claimHolds && whole ? this.#heldClaim(fit) : undefined;
      return {
        first,
        end,
        from: fit.from,
        to: fit.to,
        fit,
        line: claimed?.line ?? fit,
        claimed,
        stepped: first > 0 || this.#begunByStep,
      };
    });
  }

  #part(first: number, end: number): { first: number; end: number; fit: ClockFit }[] {
    if (first >= end) return [];
    const step = this.#steps.find(this.#exchanges, first, end, this.#shortestNs);
    if (step !== undefined) return [...this.#part(first, step), ...this.#part(step, end)];
    const fit = this.#fitter.fit(this.#exchanges, first, end);
    if (fit !== undefined) return [{ first, end, fit }];
    const split = this.#longestFit(first, end);
    return [...this.#part(first, split), ...this.#part(split, end)];
  }

  /** The end of the longest run from `first` on that one clock fits; it does not fit all of them. */
  #longestFit(first: number, end: number): number {
    const fits = (count: number): boolean => this.#fitter.fits(this.#exchanges, first, first + count);
    let most = 1;
    while (first + 2 * most < end && fits(2 * most)) most *= 2;
    let tooMany = Math.min(2 * most, end - first);
    while (tooMany - most > 1) {
      const between = (most + tooMany) >> 1;
      if (fits(between)) most = between;
      else tooMany = between;
    }
    return first + most;
  }

  /** The claim, where the exchanges allow it and it says more than they do. */
  #heldClaim(fit: ClockFit): (NonNullable<ClockSegment['claimed']> & { readonly line: ClockLine }) | undefined {
    const claim = this.#claim();
    if (claim === undefined) return undefined;
    const { basis, errorNs } = claim;
    const low = Math.max(-errorNs, fit.constantLowNs);
    const high = Math.min(errorNs, fit.constantHighNs);
    if (low > high) return undefined;
    const offsetNs = Math.min(Math.max(0, low), high);
    const line = { middle: fit.middle, offsetNs, slope: 0 };
    if (basis === 'same-clock') {
      const skewed = fit.skew !== undefined && Math.abs(fit.skew.ratio) > CLEARLY_PRESENT * fit.skew.spread;
      return skewed ? undefined : { basis, line, lowNs: low - offsetNs, highNs: high - offsetNs };
    }
    if (2 * errorNs >= fit.constantHighNs - fit.constantLowNs) return undefined;
    // Disciplined clocks wander within their error: what one exchange rules out may be true at another.
    return { basis, line, lowNs: -errorNs - offsetNs, highNs: errorNs - offsetNs };
  }
}
