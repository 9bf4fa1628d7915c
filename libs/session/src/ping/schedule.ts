import type { Schedule } from '@pathgauge/result';
import { type Span, span } from '@pathgauge/units';

/** When probes are due after the start of a run, one after the other. */
export class ProbeSchedule {
  readonly #interval: Span;
  readonly #schedule: Schedule;
  readonly #random: () => number;
  #count = 0;
  #due = 0;

  /** `random` gives numbers from [0, 1). */
  constructor(interval: Span, schedule: Schedule, random: () => number) {
    this.#interval = interval;
    this.#schedule = schedule;
    this.#random = random;
  }

  /** The first is due at once. */
  next(): Span {
    const { kind, burst } = this.#schedule;
    const place = this.#count++;
    if (kind !== 'poisson') return span(Math.floor(place / burst) * this.#interval);
    const due = this.#due;
    // Exponential gaps make the instants a Poisson process; 1 - random is never 0.
    this.#due += -Math.log(1 - this.#random()) * this.#interval;
    return span(due);
  }
}
