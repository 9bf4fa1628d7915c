import type { Schedule } from '@pathgauge/result';
import { type Span, span } from '@pathgauge/units';
import { MAX_CATCH_UP } from '../host-stalls';

/** After a long stall so many gaps are drawn at random; more say no more than their mean. */
const MAX_DRAWS = 1e6;

/** When probes are due after the start of a run, one after the other. */
export class ProbeSchedule {
  readonly #interval: Span;
  readonly #schedule: Schedule;
  readonly #random: () => number;
  #place = 0;
  #due = span(0);
  /** When the one behind it is due. */
  #following: Span;

  /** `interval` is above 0; `random` gives numbers from [0, 1). */
  constructor(interval: Span, schedule: Schedule, random: () => number) {
    this.#interval = interval;
    this.#schedule = schedule;
    this.#random = random;
    this.#following = this.#dueBehind(this.#due);
  }

  /** When the next probe is due; the first at once. */
  get due(): Span {
    return this.#due;
  }

  /** Goes on to the probe behind it. */
  advance(): void {
    this.#place++;
    this.#due = this.#following;
    this.#following = this.#dueBehind(this.#due);
  }

  /**
   * Passes over what was due longer ago than is made up for at `now`, but for the latest that is due. Returns how many probes
   * that were, `most` at the most.
   */
  passOver(now: Span, most = Number.POSITIVE_INFINITY): number {
    const limit = now - MAX_CATCH_UP;
    if (this.#due >= limit) return 0;
    return this.#schedule.kind === 'poisson'
      ? this.#passOverRandom(now, limit, most)
      : this.#passOverEven(now, limit, most);
  }

  /** Passes over everything that is due before `end`. Returns how many probes that were, `most` at the most. */
  passOverAll(end: Span, most: number): number {
    let count = 0;
    if (this.#schedule.kind === 'poisson') {
      for (; this.#due < end && count < Math.min(most, MAX_DRAWS); count++) this.advance();
      return count;
    }
    const places = Math.ceil(end / this.#interval) * this.#schedule.burst;
    count = Math.max(0, Math.min(most, places - this.#place));
    this.#moveTo(this.#place + count);
    return count;
  }

  #passOverEven(now: Span, limit: number, most: number): number {
    const latest = Math.floor(now / this.#interval);
    const first = Math.min(latest, Math.ceil(limit / this.#interval)) * this.#schedule.burst;
    const passed = Math.min(most, Math.max(0, first - this.#place));
    if (passed > 0) this.#moveTo(this.#place + passed);
    return passed;
  }

  #passOverRandom(now: Span, limit: number, most: number): number {
    let passed = 0;
    for (; passed < most && this.#due < limit && this.#following <= now; passed++) {
      if (passed === MAX_DRAWS) {
        const rest = Math.floor((limit - this.#due) / this.#interval);
        this.#due = span(limit);
        this.#following = this.#dueBehind(this.#due);
        return Math.min(most, passed + rest);
      }
      this.advance();
    }
    return passed;
  }

  #moveTo(place: number): void {
    this.#place = place;
    this.#due = this.#dueOf(place);
    this.#following = this.#dueOf(place + 1);
  }

  #dueBehind(due: Span): Span {
    // Exponential gaps make the instants a Poisson process; 1 - random is never 0.
    if (this.#schedule.kind === 'poisson') return span(due - Math.log(1 - this.#random()) * this.#interval);
    return this.#dueOf(this.#place + 1);
  }

  readonly #dueOf = (place: number): Span => span(Math.floor(place / this.#schedule.burst) * this.#interval);
}
