import type { ByDirection, Distribution, Jitter, OneWayDelay } from '@pathgauge/result';
import { type ClockClaim, ClockEngine, type SettledExchanges } from '../clock/clock-engine';
import { valueAt } from '../clock/clock-summary';
import type { Exchange, Exchanges } from '../clock/exchanges';
import { DelayDistribution } from './delay-distribution';
import { InterarrivalJitter } from './interarrival-jitter';

/** What the timestamps of a session tell of each direction. A section is undefined when there were none. */
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
 * The delays of each direction, from exchanges that carry the timestamps of both clocks. A sample is an exchange that was
 * answered in time, in order of sending. Offset, skew and steps of the clocks are taken out window by window once they are
 * known, and only then is a delay recorded: there is no answer before `finish`. Memory is one window and the distributions.
 *
 * For every exchange, whatever the clocks do, up + down = round trip less the server's time. Nothing is clamped: a value
 * below 0 has an interval that reaches above 0.
 */
export class OneWayDelays {
  readonly #engine: ClockEngine;
  readonly #up = new Direction();
  readonly #down = new Direction();
  #previousIndex = Number.NaN;
  /** Places of a settled part, in order of arrival; grows to its longest. */
  #order = new Int32Array(0);

  constructor(claim: () => ClockClaim | undefined) {
    this.#engine = new ClockEngine(claim, (settled) => this.#settle(settled));
  }

  record(exchange: Exchange): void {
    this.#engine.record(exchange);
  }

  /** Settles everything; nothing may be recorded afterwards. */
  finish(): OneWayFigures {
    this.#engine.finish();
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
    // Outwards to whole nanoseconds, as the values are.
    const uncertaintyNs = { low: Math.floor(0 - clock.highNs), high: Math.ceil(0 - clock.lowNs) };
    const offsetNs = Math.round(clock.offsetNs);
    return {
      basis: clock.basis,
      up: this.#up.delay.snapshot(),
      down: this.#down.delay.snapshot(),
      uncertaintyNs,
      clock: {
        offsetNs,
        offsetLowNs: offsetNs - uncertaintyNs.high,
        offsetHighNs: offsetNs - uncertaintyNs.low,
        skewPpm: clock.skewPpm,
        steps: clock.steps,
      },
    };
  }

  #settle({ exchanges, from, to, line, stepped }: SettledExchanges): void {
    if (stepped) {
      this.#up.step();
      this.#down.step();
      this.#previousIndex = Number.NaN;
    }
    const { index, up, down } = exchanges;
    // The columns of raw delays are turned into true ones in place: nobody needs the raw ones any more.
    for (let i = from; i < to; i++) {
      const roundTrip = exchanges.roundTrip(i);
      const upNs = Math.round((up[i] as number) - valueAt(line, exchanges.middle(i)));
      const consecutive = index[i] === this.#previousIndex + 1;
      this.#previousIndex = index[i] as number;
      this.#up.record((up[i] = upNs), consecutive);
      this.#down.record((down[i] = roundTrip - upNs), consecutive);
    }
    this.#recordJitter(exchanges, from, to);
  }

  #recordJitter({ rank, up, down }: Exchanges, from: number, to: number): void {
    const order = this.#byRank(rank, from, to);
    for (let place = 0; place < to - from; place++) {
      const i = order[place] as number;
      this.#up.jitter.record(up[i] as number);
      this.#down.jitter.record(down[i] as number);
    }
  }

  /** Insertion sort: replies come nearly in order. */
  #byRank(rank: Float64Array, from: number, to: number): Int32Array {
    if (this.#order.length < to - from) this.#order = new Int32Array(to - from);
    const order = this.#order;
    for (let i = from; i < to; i++) {
      let place = i - from;
      for (; place > 0 && (rank[order[place - 1] as number] as number) > (rank[i] as number); place--) {
        order[place] = order[place - 1] as number;
      }
      order[place] = i;
    }
    return order;
  }
}

/** One direction's estimators. */
class Direction {
  readonly delay = new DelayDistribution();
  readonly ipdv = new DelayDistribution();
  readonly jitter = new InterarrivalJitter();
  /** Since the last step; undefined before the first, when `delay` is all there is. */
  #sinceStep: DelayDistribution | undefined;
  /** Before the last step, above the smallest delay on the same side. */
  readonly #queued = new DelayDistribution();
  #previous = 0;

  record(delayNs: number, consecutive: boolean): void {
    this.delay.record(delayNs);
    this.#sinceStep?.record(delayNs);
    if (consecutive) this.ipdv.record(delayNs - this.#previous);
    this.#previous = delayNs;
  }

  /** A clock steps: no difference across it means anything. */
  step(): void {
    this.#closePart();
    this.#sinceStep = new DelayDistribution();
    this.jitter.interrupt();
  }

  queueing(): Distribution | undefined {
    if (this.#sinceStep === undefined) return this.pdv();
    this.#closePart();
    return this.#queued.snapshot();
  }

  pdv(): Distribution | undefined {
    return this.delay.snapshot(-this.delay.minNs);
  }

  #closePart(): void {
    const part = this.#sinceStep ?? this.delay;
    if (part.count > 0) this.#queued.add(part.state(-part.minNs));
  }
}

const both = (up: Distribution | undefined, down: Distribution | undefined): ByDirection<Distribution> | undefined =>
  up === undefined && down === undefined ? undefined : { up, down };
