import type { Interval } from '@pathgauge/result';

/** A day of seconds. A document with more would not be read; it has none then. */
const MAX_INTERVALS = 86_400;
/** Some megabytes: a server has many tests at once, and how many intervals each has is for its clients to say. */
export const MAX_INTERVALS_OF_SERVER = 20_000;

/** The intervals of a test, for its document. Where they are too many, those of single streams go, then all. */
export class KeptIntervals {
  readonly #max: number;
  #intervals: Interval[] = [];
  #keepsStreams = true;
  #hasTooMany = false;

  constructor(max = MAX_INTERVALS) {
    this.#max = max;
  }

  /** Undefined when there were too many to keep. */
  get all(): readonly Interval[] | undefined {
    return this.#hasTooMany ? undefined : this.#intervals;
  }

  push(interval: Interval): void {
    if (this.#hasTooMany || (interval.stream !== undefined && !this.#keepsStreams)) return;
    this.#intervals.push(interval);
    if (this.#intervals.length > this.#max) this.#dropStreams();
  }

  #dropStreams(): void {
    this.#keepsStreams = false;
    this.#intervals = this.#intervals.filter(({ stream }) => stream === undefined);
    this.#hasTooMany = this.#intervals.length > this.#max;
    if (this.#hasTooMany) this.#intervals = [];
  }
}
