import type { IntervalReport } from './interval-report';
import { summedReports } from './merged-reports';

/** Puts the intervals of the streams in one direction together: each as soon as all streams have reported it, or have ended. */
export class IntervalSums {
  /** By stream, where there is to be more than one; then their sum. */
  readonly #onInterval: (reports: readonly IntervalReport[]) => void;
  readonly #isSummed: boolean;
  /** What each stream has reported and is not passed on yet. */
  readonly #waiting = new Map<number, IntervalReport[]>();
  readonly #ended = new Set<number>();

  constructor(isSummed: boolean, onInterval: (reports: readonly IntervalReport[]) => void) {
    this.#isSummed = isSummed;
    this.#onInterval = onInterval;
  }

  /** Stream `id` is one of them. */
  add(id: number): void {
    this.#waiting.set(id, []);
  }

  /** The next interval of stream `id`. */
  report(id: number, report: IntervalReport): void {
    this.#waiting.get(id)?.push(report);
    this.#passOn();
  }

  /** Stream `id` reports nothing more. */
  end(id: number): void {
    this.#ended.add(id);
    this.#passOn();
  }

  #passOn(): void {
    while (this.#isComplete()) {
      const reports = [...this.#waiting].flatMap(([id, waiting]) => this.#ofStream(id, waiting.shift()));
      const [first, ...others] = reports;
      if (first === undefined) return;
      this.#onInterval(this.#isSummed ? [...reports, summedReports([first, ...others])] : reports);
    }
  }

  /** Whether all have reported the next one that have not ended. */
  #isComplete(): boolean {
    let hasSome = false;
    for (const [id, { length }] of this.#waiting) {
      if (length === 0 && !this.#ended.has(id)) return false;
      hasSome ||= length > 0;
    }
    return hasSome;
  }

  #ofStream(stream: number, report: IntervalReport | undefined): readonly IntervalReport[] {
    if (report === undefined) return [];
    return [this.#isSummed ? { ...report, interval: { ...report.interval, stream } } : report];
  }
}
