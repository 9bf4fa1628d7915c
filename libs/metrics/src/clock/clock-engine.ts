import { type ClockFit, ClockFitter, isPresent, type Skew } from './clock-fit';
import type { ClockChange, ClockLine } from './clock-line';
import { StepFinder } from './clock-steps';
import { type ClockKnowledge, type ClockSegment, ClockSummary, type HeldClaim } from './clock-summary';
import { type Exchange, Exchanges } from './exchanges';
import { PaceNet } from './pace-net';

// How many exchanges are fitted together. The last eighth of a full window is fitted again with what follows, so that a step
// is never at the very end of what is known.
const WINDOW = 4096;
const SETTLED_SHARE = 7 / 8;
/** Over a longer time no clock runs evenly. */
const MAX_WINDOW_NS = 600e9;
/** A clock that steps more often is no clock: this often in a window, and once more for each `EXCHANGES_PER_SPLIT`. */
const MAX_SPLITS = 4;
const EXCHANGES_PER_SPLIT = 64;

/** What is known of the two clocks from elsewhere: the server's reads within `errorNs` of what the client's does. */
export interface ClockClaim {
  readonly basis: 'same-clock' | 'synchronised';
  readonly errorNs: number;
}

/** What is known of the clocks besides the exchanges; asked when exchanges are settled. */
export interface ClockSources {
  claim(): ClockClaim | undefined;
  /** What the peer's timestamps are multiples of, in nanoseconds; 1 at least. */
  granularityNs(): number;
}

/** Hears what becomes of exchanges. */
interface ClockListener {
  /**
   * The line that corrects the exchanges at [from, to) is final. Lines go on from each other until the part ends. There is no
   * line where the clocks step so often that no offset is known.
   */
  onSettled(exchanges: Exchanges, from: number, to: number, line: ClockLine | undefined): void;
  /** A clock stepped, or everything is settled. */
  onPartEnd(): void;
}

/** What one line fits: the exchanges of the window at [first, end). */
interface FittedStretch {
  readonly first: number;
  readonly end: number;
  readonly fit: ClockFit;
  /** How the clocks changed where it begins. */
  readonly change: ClockChange | undefined;
}

/** A segment, and where in the window it lies. */
interface PlacedSegment extends ClockSegment, FittedStretch {}

/**
 * Whether the timestamps of an exchange can be true: the server's own time is no longer than the whole round trip, as far as
 * its timestamps are that fine.
 */
export const isPossible = (upNs: number, downNs: number, granularityNs: number): boolean =>
  upNs + downNs >= -granularityNs;

/**
 * The clock engine: from exchanges of timestamps, what the server's clock reads less the client's, and how surely that is
 * known. A sample is one exchange, in order of sending, whose timestamps are possible. They are fitted window by window, between
 * the steps of a clock; memory is one window. All that is assumed is that no packet arrives before
 * it was sent. A claim adds to that, until an exchange, a step or a skew contradicts it. Nothing is known of clocks that step all
 * the time.
 */
export class ClockEngine {
  readonly #exchanges = new Exchanges(WINDOW);
  readonly #fitter = fitter();
  readonly #steps = stepFinder();
  readonly #net = new PaceNet(WINDOW);
  readonly #summary = new ClockSummary();
  readonly #sources: ClockSources;
  readonly #listener: ClockListener | undefined;
  #finished = false;
  /** The last known slope of the clocks against each other. */
  #slope = 0;
  #hopeless = false;
  /** How often the current window was split at a step. */
  #splits = 0;
  /** How the clocks changed where the window begins. */
  #begunBy: ClockChange | undefined;
  /** The shortest round trip of the whole run. */
  #shortestNs = Number.POSITIVE_INFINITY;

  constructor(sources: ClockSources, listener?: ClockListener) {
    this.#sources = sources;
    this.#listener = listener;
  }

  /** Whether the clocks step so often that no offset means anything. */
  get hopeless(): boolean {
    return this.#hopeless;
  }

  record(exchange: Exchange): void {
    this.#shortestNs = Math.min(this.#shortestNs, exchange.upNs + exchange.downNs);
    const { length } = this.#exchanges;
    if (length === WINDOW || this.#tooLongAgo(exchange)) this.#settle(Math.ceil(length * SETTLED_SHARE));
    if (this.#tooLongAgo(exchange)) this.settle();
    this.#exchanges.push(exchange);
  }

  /** Whether the window reaches too far back to be fitted together with an exchange. */
  #tooLongAgo({ sentAt }: Exchange): boolean {
    return this.#exchanges.length > 0 && sentAt - (this.#exchanges.sentAt[0] as number) > MAX_WINDOW_NS;
  }

  /** Settles what is recorded so far, before its window is full. The fewer there are, the less is known of them. */
  settle(): void {
    this.#settle(this.#exchanges.length);
  }

  /** Settles everything; nothing may be recorded afterwards. */
  finish(): void {
    this.settle();
    this.#endPart();
    this.#finished = true;
  }

  /** What is known so far, from all exchanges. Undefined before the first. */
  snapshot(): ClockKnowledge | undefined {
    const summary = this.#finished ? this.#summary : this.#summaryOfAll();
    if (!this.#finished) summary.endPart();
    return this.#hopeless ? undefined : summary.snapshot();
  }

  /** The offset at the last exchange, by a claim that holds so far. Undefined without one, and before the first. */
  latestOffsetNs(): number | undefined {
    return this.#summaryOfAll().latestNs();
  }

  #summaryOfAll(): ClockSummary {
    const summary = this.#summary.copy();
    for (const segment of this.#segments(summary.held, this.#exchanges.length)) {
      if (segment.change?.kind === 'step') summary.endPart();
      summary.extend(segment);
    }
    return summary;
  }

  #settle(count: number): void {
    const segments = this.#segments(this.#summary.held, count);
    if (this.#hopeless) this.#listener?.onSettled(this.#exchanges, 0, count, undefined);
    else this.#settleSegments(segments, count);
    this.#begunBy = segments.find(({ first }) => first === count)?.change;
    this.#net.drop(count);
    this.#exchanges.drop(count);
  }

  #settleSegments(segments: readonly PlacedSegment[], count: number): void {
    for (const segment of segments) {
      if (segment.first >= count) break;
      if (segment.change?.kind === 'step') this.#endPart();
      const line = this.#summary.extend(segment);
      if (isPresent(segment.fit.skew)) this.#slope = segment.fit.slope;
      this.#listener?.onSettled(this.#exchanges, segment.first, Math.min(segment.end, count), line);
    }
  }

  #endPart(): void {
    this.#summary.endPart();
    this.#listener?.onPartEnd();
  }

  /** Parts the window where a clock stepped or changed its pace. The bounds hold for the exchanges before `to`. */
  #segments(claimHolds: boolean, to: number): PlacedSegment[] {
    this.#splits = 0;
    this.#net.load(this.#exchanges, this.#sources.granularityNs());
    const stretches = this.#fitStretches(0, this.#exchanges.length, this.#begunBy);
    const isWhole = stretches.length === 1 && this.#begunBy === undefined;
    return stretches.map((stretch) => {
      const { first, end, fit } = stretch;
      const band = { lowNs: fit.lowNs, highNs: fit.highNs };
      this.#net.widen(band, stretch, to);
      const claimed = claimHolds && isWhole ? this.#heldClaim(fit) : undefined;
      return { ...stretch, fit: { ...fit, ...band }, claimed, longestGapNs: this.#exchanges.longestGapNs(first, end) };
    });
  }

  #fitStretches(first: number, end: number, begin: ClockChange | undefined): FittedStretch[] {
    if (first >= end || this.#hopeless) return [];
    const granularityNs = this.#sources.granularityNs();
    const step = this.#steps.find(this.#exchanges, first, end, this.#shortestNs, granularityNs);
    if (step !== undefined) return this.#split(first, step, end, begin);
    const fit = this.#fitter.fit(this.#exchanges, first, end, granularityNs, this.#slope);
    if (fit !== undefined) return [{ first, end, fit, change: begin }];
    return this.#split(first, this.#net.stepWithin(first, end), end, begin);
  }

  /** Parts a stretch at a step, or where there is none, in the middle: then the clocks changed their pace somewhere in it. */
  #split(first: number, step: number | undefined, end: number, begin: ClockChange | undefined): FittedStretch[] {
    if (step !== undefined) this.#splits++;
    if (end - first < 2 || this.#splits > MAX_SPLITS + this.#exchanges.length / EXCHANGES_PER_SPLIT) {
      this.#hopeless = true;
      return [];
    }
    const at = step ?? (first + end) >> 1;
    const { sentAt, arrivedAt } = this.#exchanges;
    const change: ClockChange = {
      kind: step === undefined ? 'pace' : 'step',
      after: sentAt[at - 1] as number,
      before: arrivedAt[at] as number,
    };
    return [...this.#fitStretches(first, at, begin), ...this.#fitStretches(at, end, change)];
  }

  /** The claim, where the exchanges allow it and it says more than they do. */
  #heldClaim(fit: ClockFit): HeldClaim | undefined {
    const claim = this.#sources.claim();
    if (claim === undefined) return undefined;
    const { basis, errorNs } = claim;
    const low = Math.max(-errorNs, fit.constantLowNs);
    const high = Math.min(errorNs, fit.constantHighNs);
    if (low > high) return undefined;
    const offsetNs = Math.min(Math.max(0, low), high);
    const line = { middle: fit.middle, offsetNs, slope: 0 };
    if (basis === 'same-clock') {
      return isPresent(fit.skew) ? undefined : { basis, line, lowNs: low - offsetNs, highNs: high - offsetNs };
    }
    if (2 * errorNs >= fit.constantHighNs - fit.constantLowNs) return undefined;
    if (isPresent(fit.skew) && leastDriftNs(fit, fit.skew) > 2 * errorNs) return undefined;
    // Disciplined clocks wander within their error: what one exchange rules out may be true at another.
    return { basis, line, lowNs: -errorNs - offsetNs, highNs: errorNs - offsetNs };
  }
}

// A fit leaves nothing behind but its result, and none begins within another: all engines work in the same memory.
let sharedFitter: ClockFitter | undefined;
let sharedSteps: StepFinder | undefined;
const fitter = (): ClockFitter => (sharedFitter ??= new ClockFitter(WINDOW));
const stepFinder = (): StepFinder => (sharedSteps ??= new StepFinder(WINDOW));

/** How far the clocks drifted apart in a run of exchanges, at least. */
const leastDriftNs = ({ from, to }: ClockFit, { low, high }: Skew): number =>
  Math.min(Math.abs(low), Math.abs(high)) * (to - from);
