import { DelayDistribution } from '@pathgauge/metrics';
import type { Distribution } from '@pathgauge/result';
import { after, elapsed, type Instant, type Span } from '@pathgauge/units';

/** When probes were due, and when this host's kernel had them: how well the schedule was kept, and how long probes queued here. */
export class SentTimes {
  readonly #hasSchedule: boolean;
  /** Rings by index. */
  readonly #dueNs: Float64Array;
  readonly #queuedAt: Float64Array;
  readonly #sendError = new DelayDistribution();
  readonly #hostQueueing = new DelayDistribution();
  #start: Instant;
  #next = 0;

  /** `start`: when the first probe is due. Of `unsettled` probes it is known when they were due, if there `hasSchedule`. */
  constructor(start: Instant, unsettled: number, hasSchedule: boolean) {
    this.#start = start;
    this.#hasSchedule = hasSchedule;
    this.#dueNs = new Float64Array(unsettled);
    this.#queuedAt = new Float64Array(unsettled);
  }

  /** When the first probe was due. */
  get start(): Instant {
    return this.#start;
  }

  /** The first probe is due now; none was before. */
  begin(at: Instant): void {
    this.#start = at;
  }

  /** The next probe, `index`, is sent; it was due `dueNs` after the start. */
  send(index: number, dueNs: Span): void {
    const slot = index % this.#dueNs.length;
    this.#next = index + 1;
    this.#dueNs[slot] = dueNs;
    this.#queuedAt[slot] = Number.NaN;
  }

  /** When the latest probes were due. */
  dueAt(index: number): Instant {
    return after(this.#start, this.#dueNs[index % this.#dueNs.length] as Span);
  }

  /** The kernel has queued it. */
  queue(index: number, at: Instant): void {
    if (this.#has(index)) this.#queuedAt[index % this.#queuedAt.length] = at;
  }

  /** The kernel has handed it to the device. */
  leave(index: number, at: Instant): void {
    if (!this.#has(index)) return;
    const waited = at - (this.#queuedAt[index % this.#queuedAt.length] as number);
    if (waited >= 0) this.#hostQueueing.record(waited);
  }

  /** Nothing more will be learnt of when probe `index` left. */
  settle(index: number, leftAt: Instant): void {
    if (!this.#hasSchedule || !this.#has(index)) return;
    const due = this.#dueNs[index % this.#dueNs.length] as number;
    this.#sendError.record(elapsed(this.#start, leftAt) - due);
  }

  /** Actual less scheduled instant of sending; undefined where there is no schedule. */
  sendError(): Distribution | undefined {
    return this.#sendError.snapshot();
  }

  /** How long the kernel kept probes in this host's own queue. */
  hostQueueing(): Distribution | undefined {
    return this.#hostQueueing.snapshot();
  }

  /** One so far behind that its place is taken has told all that it will. */
  #has(index: number): boolean {
    return this.#next - index <= this.#dueNs.length;
  }
}
