import { DelayDistribution } from '@pathgauge/metrics';
import type { Distribution } from '@pathgauge/result';
import { after, elapsed, type Instant, type Span } from '@pathgauge/units';
import type { FlowMemory } from './remembered-probes';

/** When probes were due, and when this host's kernel had them: how well the schedule was kept, and how long probes queued here. */
export class SentTimes {
  readonly #hasSchedule: boolean;
  readonly #most: number;
  /** By index, so many probes: when each was due, and when it was queued. */
  #room: number;
  #times: Float64Array;
  readonly #sendError = new DelayDistribution();
  readonly #hostQueueing = new DelayDistribution();
  #start: Instant;
  #next = 0;

  /**
   * `start`: when the first probe is due. `unsettled`: the times of so many are known, for `initial` of which there is room at once.
   * `hasSchedule`: whether a probe is due at a time of its own.
   */
  constructor(start: Instant, { unsettled, initial }: Pick<FlowMemory, 'unsettled' | 'initial'>, hasSchedule: boolean) {
    this.#start = start;
    this.#hasSchedule = hasSchedule;
    this.#most = unsettled;
    this.#room = Math.min(initial, unsettled);
    this.#times = new Float64Array(2 * this.#room);
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
    if (index >= this.#room && this.#room < this.#most) this.#makeRoom();
    const place = this.#placeOf(index);
    this.#next = index + 1;
    this.#times[place] = dueNs;
    this.#times[place + 1] = Number.NaN;
  }

  /** When the latest probes were due. */
  dueAt(index: number): Instant {
    return after(this.#start, this.#times[this.#placeOf(index)] as Span);
  }

  /** The kernel has queued it. */
  queue(index: number, at: Instant): void {
    if (this.#has(index)) this.#times[this.#placeOf(index) + 1] = at;
  }

  /** The kernel has handed it to the device. */
  leave(index: number, at: Instant): void {
    if (!this.#has(index)) return;
    const waited = at - (this.#times[this.#placeOf(index) + 1] as number);
    if (waited >= 0) this.#hostQueueing.record(waited);
  }

  /** Nothing more will be learnt of when probe `index` left. */
  settle(index: number, leftAt: Instant): void {
    if (!this.#hasSchedule || !this.#has(index)) return;
    const due = this.#times[this.#placeOf(index)] as number;
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
    return this.#next - index <= this.#room;
  }

  #placeOf(index: number): number {
    return 2 * (index % this.#room);
  }

  /** Until there is room for all, no index has wrapped. */
  #makeRoom(): void {
    const times = this.#times;
    this.#room = Math.min(2 * this.#room, this.#most);
    this.#times = new Float64Array(2 * this.#room);
    this.#times.set(times);
  }
}
