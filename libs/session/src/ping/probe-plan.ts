import type { Span } from '@pathgauge/units';
import type { PingOptions } from './ping-options';
import { ProbeSchedule } from './schedule';

type PlanOptions = Pick<PingOptions, 'count' | 'duration' | 'interval' | 'schedule'>;

/** Which probes of a run are still to be sent, when, and how many never will be. Times are spans since the run began. */
export class ProbePlan {
  readonly #schedule: ProbeSchedule;
  readonly #interval: Span;
  readonly #duration: Span | undefined;
  /** How many probes the run has in all; lowered when it ends early. */
  #planned: number;
  /** How many of them were sent, or passed over. */
  #taken = 0;
  #passed = 0;
  #refused = 0;

  /** `random` gives numbers from [0, 1). */
  constructor(options: PlanOptions, random: () => number) {
    this.#interval = options.interval;
    this.#duration = options.duration;
    this.#schedule = new ProbeSchedule(options.interval, options.schedule, random);
    this.#planned = plannedProbes(options);
  }

  get isOver(): boolean {
    return this.#taken >= this.#planned;
  }

  /** When the next probe is due. */
  get due(): Span {
    return this.#schedule.due;
  }

  /** How many were due and not sent: this host was held up, or its system refused them. */
  get notSent(): number {
    return this.#passed + this.#refused;
  }

  /** How many of them the system refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Sends the next probe. */
  take(): void {
    this.#taken++;
    this.#schedule.advance();
  }

  /** Gives up what is due too long ago to be made up for; the last of all is sent, however late. */
  passOver(now: Span): void {
    this.#giveUp(this.#schedule.passOver(now, this.#planned - this.#taken - 1));
  }

  /** Ends the plan when the time of the run is over, and gives up what was due within it. Returns whether it is. */
  endInTime(now: Span): boolean {
    if (this.#duration === undefined || now < this.#duration) return false;
    if (this.#interval > 0) this.#giveUp(this.#schedule.passOverAll(this.#duration, this.#planned - this.#taken));
    this.stop();
    return true;
  }

  /** Sends no more, and gives nothing up: it is not wanted any more. */
  stop(): void {
    this.#planned = this.#taken;
  }

  /** The system did not send a probe. */
  refuse(): void {
    this.#refused++;
  }

  #giveUp(count: number): void {
    this.#taken += count;
    this.#passed += count;
  }
}

/** Undefined ends are for the clock to tell: so are random gaps. */
function plannedProbes({ count, duration, interval, schedule }: PlanOptions): number {
  const byTime =
    duration !== undefined && interval > 0 && schedule.kind !== 'poisson'
      ? Math.max(1, Math.ceil(duration / interval)) * schedule.burst
      : undefined;
  return Math.min(count ?? Number.POSITIVE_INFINITY, byTime ?? Number.POSITIVE_INFINITY);
}
