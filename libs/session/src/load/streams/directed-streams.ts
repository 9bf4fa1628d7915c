import type { ReportedInterval } from '@pathgauge/protocol';
import type { Direction, Interval } from '@pathgauge/result';
import type { Instant } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';
import { IntervalJoin } from './interval-join';
import type { IntervalReport } from './interval-report';
import { IntervalSums } from './interval-sums';
import type { StreamHandle } from './stream-handle';
import type { StreamOutcome } from './stream-outcome';
import { type Progress, progressOf } from './stream-progress';

interface DirectedOptions {
  readonly direction: Direction;
  readonly isSending: boolean;
  /** How many streams there are to be. */
  readonly parallel: number;
  readonly metrics: MetricSwitches;
  /** The end that receives reports its intervals to the other while the load runs. */
  readonly hasReports: boolean;
  /** How far the server's clock is ahead of the client's, as far as it is known. */
  readonly latestOffsetNs: () => number | undefined;
}

interface DirectedListener {
  onInterval(interval: Interval): void;
  /** At the end that receives: intervals that the other end is to know of. */
  onReportable(intervals: readonly Interval[]): void;
  /** All streams are done. */
  onComplete(): void;
}

/** All streams of a test in one direction. */
export class DirectedStreams {
  readonly #options: DirectedOptions;
  readonly #listener: DirectedListener;
  readonly #streams = new Map<number, StreamHandle>();
  readonly #sums: IntervalSums;
  readonly #join: IntervalJoin | undefined;
  readonly #complete = new Set<number>();
  #isComplete = false;

  constructor(options: DirectedOptions, listener: DirectedListener) {
    const { parallel, isSending, hasReports, metrics } = options;
    this.#options = options;
    this.#listener = listener;
    this.#sums = new IntervalSums(parallel > 1, (reports) => this.#onIntervals(reports));
    if (!isSending || !hasReports) return;
    this.#join = new IntervalJoin(metrics, {
      onInterval: (interval) => listener.onInterval(interval),
      sentSoFar: (stream) => this.#sentSoFar(stream),
    });
    this.#join.add(undefined);
  }

  /** How many there are so far. */
  get count(): number {
    return this.#streams.size;
  }

  get handles(): readonly StreamHandle[] {
    return [...this.#streams.values()];
  }

  get progress(): Progress {
    return progressOf(this.handles.map(({ progress }) => progress));
  }

  /** One stream more. */
  add(id: number, stream: StreamHandle): void {
    this.#streams.set(id, stream);
    this.#sums.add(id);
    if (this.#options.parallel > 1) this.#join?.add(id);
  }

  /** Stream `id` has reported an interval. */
  report(id: number, report: IntervalReport): void {
    this.#sums.report(id, report);
  }

  /** Stream `id` has sent, or received, all that was planned. */
  completeStream(id: number): void {
    this.#complete.add(id);
    if (this.#complete.size === this.#options.parallel) this.complete();
  }

  /** Everything that was planned has been sent, or has come. */
  complete(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#listener.onComplete();
  }

  /** Stream `id` has ended: it reports nothing more. */
  endStream(id: number): void {
    this.#sums.end(id);
  }

  /** Gathers the figures of a load that ended at `end`, in the order in which the streams were opened. */
  async finish(end: Instant): Promise<readonly StreamOutcome[]> {
    const outcomes = await Promise.all([...this.#streams].map(([id, stream]) => this.#finishStream(id, stream, end)));
    this.#join?.endOwn();
    return outcomes.flatMap((outcome) => outcome ?? []);
  }

  /** What the receiving end has reported. */
  receive(reported: ReportedInterval): void {
    this.#join?.addReported(reported);
  }

  /** What was reported that cannot be: see `IntervalJoin`. */
  get fault(): string | undefined {
    return this.#join?.fault;
  }

  /** An interval without what the other end has reported: see `IntervalJoin`. */
  asSent(interval: Interval): Interval | undefined {
    return this.#join === undefined ? interval : this.#join.asSent(interval);
  }

  /** The receiving end reports nothing more: see `IntervalJoin`. */
  settle(hasAll: boolean): void {
    this.#join?.settle(hasAll);
  }

  #sentSoFar(stream: number | undefined) {
    if (stream === undefined) return { bytes: this.progress.bytes, streams: this.count };
    return { bytes: this.#streams.get(stream)?.progress.bytes ?? 0, streams: 1 };
  }

  async #finishStream(id: number, stream: StreamHandle, end: Instant): Promise<StreamOutcome | undefined> {
    const outcome = await stream.finish(end);
    this.endStream(id);
    return outcome;
  }

  #onIntervals(reports: readonly IntervalReport[]): void {
    const offsetNs = this.#options.latestOffsetNs();
    const intervals = reports.map(({ interval, transitMeanNs }) => ({
      ...interval,
      owdMeanNs: owdMeanOf(this.#options.direction, transitMeanNs, offsetNs),
    }));
    for (const interval of intervals) {
      if (this.#join === undefined) this.#listener.onInterval(interval);
      else this.#join.addOwn(interval);
    }
    if (!this.#options.isSending && this.#options.hasReports) this.#listener.onReportable(intervals);
  }
}

/** A server whose clock is ahead sees the way up as longer, and the way down as shorter. */
function owdMeanOf(direction: Direction, transitMeanNs?: number, offsetNs?: number): number | undefined {
  if (transitMeanNs === undefined || offsetNs === undefined) return undefined;
  return direction === 'up' ? transitMeanNs - offsetNs : transitMeanNs + offsetNs;
}
