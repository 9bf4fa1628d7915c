import type { Span } from '@pathgauge/units';
import type { IntervalReport } from './interval-report';
import { mergedReports } from './merged-reports';

/** Holds the latest interval of a stream back until what follows it is long enough to be one of its own. */
export class HeldInterval {
  readonly #sliver: Span;
  readonly #onInterval: (report: IntervalReport) => void;
  #held: IntervalReport | undefined;

  /** A last interval that is shorter than `sliver` is merged into the one before. */
  constructor(sliver: Span, onInterval: (report: IntervalReport) => void) {
    this.#sliver = sliver;
    this.#onInterval = onInterval;
  }

  /** One more has ended: the one before is passed on. */
  hold(report: IntervalReport): void {
    this.release();
    this.#held = report;
  }

  /** Passes on what is held. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#onInterval(held);
  }

  /** Nothing follows this one. */
  end(last: IntervalReport): void {
    const { startNs, endNs } = last.interval;
    if (this.#held !== undefined && endNs - startNs < this.#sliver) this.#held = mergedReports(this.#held, last);
    else this.hold(last);
    this.release();
  }
}
