import type { Bounds, ByDirection, Distribution, Jitter, OneWayDelay } from '@pathgauge/result';
import { ClockEngine, type ClockSources } from '../clock/clock-engine';
import { type ClockLine, valueAt } from '../clock/clock-line';
import type { Exchange, Exchanges } from '../clock/exchanges';
import { ArrivalJitter } from './arrival-jitter';
import { DelayDistribution } from './delay-distribution';

/** What the timestamps of a run say about each direction. A section is undefined when there were none. */
export interface OneWayFigures {
  readonly owd: OneWayDelay | undefined;
  /** Delay above the smallest one; where a clock stepped, above the smallest one on the same side of the step. */
  readonly queueing: ByDirection<Distribution> | undefined;
  readonly jitter: Pick<Jitter, 'upNs' | 'downNs'>;
  /** RFC 3393: between consecutive sequence numbers, both answered in time. */
  readonly ipdv: ByDirection<Distribution> | undefined;
  /** RFC 5481: delay above the smallest one of the run. */
  readonly pdv: ByDirection<Distribution> | undefined;
}

/**
 * Called once for each exchange, in order of sending, with its final delays: corrected, in whole nanoseconds. They are undefined
 * where the clocks step so often that no delay is known.
 */
type DelayListener = (index: number, upNs: number | undefined, downNs: number | undefined) => void;

/**
 * The delays of each direction, from exchanges that carry the timestamps of both clocks. A sample is an exchange that was
 * answered in time, in order of sending. Offset, skew and steps of the clocks are taken out window by window (4096 exchanges or
 * ten minutes). Then a delay is final: it is recorded and handed to the listener. There is no answer before `finish`. Memory is
 * one window and the distributions.
 *
 * For every exchange, whatever the clocks do, up + down = round trip less the server's time. Nothing is clamped: a value
 * below 0 has an interval that reaches above 0.
 */
export class OneWayDelays {
  readonly #engine: ClockEngine;
  /** Undefined before there is a delay. */
  #firstUp: Direction | undefined;
  #firstDown: Direction | undefined;
  #previousIndex = Number.NaN;

  readonly #onSettled: DelayListener | undefined;

  constructor(sources: ClockSources, onSettled?: DelayListener) {
    this.#onSettled = onSettled;
    this.#engine = new ClockEngine(sources, {
      onSettled: (exchanges, from, to, line) => {
        if (line !== undefined) this.#record(exchanges, from, to, line);
        this.#handOut(exchanges, from, to, line !== undefined);
      },
      onPartEnd: () => this.#endPart(),
    });
  }

  get #up(): Direction {
    this.#firstUp ??= new Direction();
    return this.#firstUp;
  }

  get #down(): Direction {
    this.#firstDown ??= new Direction();
    return this.#firstDown;
  }

  /** An exchange without timestamps has delays of NaN. It has a rank all the same. */
  record(exchange: Exchange): void {
    if (!Number.isNaN(exchange.upNs)) this.#engine.record(exchange);
    else for (const { jitter } of [this.#up, this.#down]) jitter.record(exchange.rank, Number.NaN);
  }

  /**
   * Settles all that is recorded so far, before the window is full, for a consumer that must bound what it holds. The interval
   * is the wider, the fewer exchanges are settled at once.
   */
  settle(): void {
    this.#engine.settle();
  }

  /** Whether the clocks step so often that no delay is known. */
  get hopeless(): boolean {
    return this.#engine.hopeless;
  }

  /** Settles everything; nothing may be recorded afterwards. */
  finish(): OneWayFigures {
    this.#engine.finish();
    if (this.#engine.hopeless) return NOTHING;
    for (const { jitter } of [this.#up, this.#down]) jitter.finish();
    return {
      owd: this.#owd(),
      queueing: both(this.#up.queueing(), this.#down.queueing()),
      jitter: { upNs: this.#up.jitter.snapshot(), downNs: this.#down.jitter.snapshot() },
      ipdv: both(this.#up.ipdv.snapshot(), this.#down.ipdv.snapshot()),
      pdv: both(this.#up.pdv(), this.#down.pdv()),
    };
  }

  #owd(): OneWayDelay | undefined {
    const clock = this.#engine.snapshot();
    if (clock === undefined) return undefined;
    // Rounded outwards: the values are whole nanoseconds.
    const uncertaintyNs = { low: Math.floor(0 - clock.highNs), high: Math.ceil(0 - clock.lowNs) };
    const offsetNs = Math.round(clock.offsetNs);
    return {
      basis: clock.basis,
      up: this.#up.delay.snapshot(),
      down: this.#down.delay.snapshot(),
      uncertaintyNs,
      intervalNs: intervalsOf(uncertaintyNs),
      clock: {
        offsetNs,
        offsetLowNs: Math.floor(clock.offsetLowNs - clock.offsetNs) + offsetNs,
        offsetHighNs: Math.ceil(clock.offsetHighNs - clock.offsetNs) + offsetNs,
        skewPpm: clock.skewPpm,
        skewLowPpm: clock.skewLowPpm,
        skewHighPpm: clock.skewHighPpm,
        steps: clock.steps,
      },
    };
  }

  /** A difference across a step means nothing. */
  #endPart(): void {
    this.#up.endPart();
    this.#down.endPart();
    this.#previousIndex = Number.NaN;
  }

  #record(exchanges: Exchanges, from: number, to: number, line: ClockLine): void {
    const { index, rank, up, down } = exchanges;
    // Corrected in place: nobody needs the raw delays any more.
    for (let i = from; i < to; i++) {
      const roundTrip = (up[i] as number) + (down[i] as number);
      const upNs = Math.round((up[i] as number) - valueAt(line, exchanges.middle(i)));
      up[i] = upNs;
      down[i] = roundTrip - upNs;
    }
    this.#up.record(up, index, from, to, this.#previousIndex);
    this.#down.record(down, index, from, to, this.#previousIndex);
    this.#previousIndex = index[to - 1] as number;
    this.#up.recordJitter(up, rank, from, to);
    this.#down.recordJitter(down, rank, from, to);
  }

  #handOut({ index, up, down }: Exchanges, from: number, to: number, known: boolean): void {
    const onSettled = this.#onSettled;
    if (onSettled === undefined) return;
    for (let i = from; i < to; i++) {
      if (known) onSettled(index[i] as number, up[i] as number, down[i] as number);
      else onSettled(index[i] as number, undefined, undefined);
    }
  }
}

/** One direction's estimators. */
class Direction {
  /** Of the parts that have ended. */
  readonly delay = new DelayDistribution();
  readonly ipdv = new DelayDistribution();
  readonly jitter = new ArrivalJitter();
  /** Above the smallest delay of the same part. */
  readonly #queued = new DelayDistribution();
  /** Since the last step. */
  #part = new DelayDistribution();
  #previous = 0;

  /** Delays at [from, to) of a column, in order of sending. One loop over columns allocates nothing for a delay. */
  record(delays: Float64Array, index: Float64Array, from: number, to: number, previousIndex: number): void {
    let previous = this.#previous;
    let expected = previousIndex + 1;
    for (let i = from; i < to; i++) {
      const delay = delays[i] as number;
      this.#part.record(delay);
      if (index[i] === expected) this.ipdv.record(delay - previous);
      previous = delay;
      expected = (index[i] as number) + 1;
    }
    this.#previous = previous;
  }

  recordJitter(delays: Float64Array, rank: Float64Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.jitter.record(rank[i] as number, delays[i] as number);
  }

  /** Called where a step follows, and at the end. */
  endPart(): void {
    this.delay.merge(this.#part);
    this.#queued.merge(this.#part, -this.#part.minNs);
    this.#part = new DelayDistribution();
    this.jitter.interrupt();
  }

  queueing(): Distribution | undefined {
    return this.#queued.snapshot();
  }

  pdv(): Distribution | undefined {
    return this.delay.snapshot(-this.delay.minNs);
  }
}

const NOTHING: OneWayFigures = {
  owd: undefined,
  queueing: undefined,
  jitter: { upNs: undefined, downNs: undefined },
  ipdv: undefined,
  pdv: undefined,
};

/** The interval of each direction: what the clocks leave open is added to one and taken from the other. */
export const intervalsOf = ({ low, high }: Bounds): OneWayDelay['intervalNs'] => ({
  up: { low, high },
  down: { low: -high, high: -low },
});

const both = (up: Distribution | undefined, down: Distribution | undefined): ByDirection<Distribution> | undefined =>
  up === undefined && down === undefined ? undefined : { up, down };
