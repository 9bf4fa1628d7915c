import {
  encodeJsonMessage,
  MAX_REPORTED_INTERVALS,
  type ReportedInterval,
  reportToJson,
  STATE,
} from '@pathgauge/protocol';
import { milliseconds, type Span } from '@pathgauge/units';
import { later } from '../../waiting';
import type { ControlChannel } from './control-channel';

/** Half as often as the peer takes them. */
const PERIOD: Span = milliseconds(50);
/** Where intervals are shorter than they can be told, as many as this wait; further ones are not told. */
const MAX_WAITING = 20 * MAX_REPORTED_INTERVALS;

/** What a Pathgauge may send of reports: behind a path that stood still, all of ten seconds come at once. */
export const REPORT_BURST = 300;
export const REPORTS_PER_SECOND = 40;

/** Tells the other end what has arrived here, interval by interval: the first at once, what comes soon after it together. */
export class ReportOutbox {
  readonly #channel: ControlChannel;
  readonly #waiting: ReportedInterval[] = [];
  #cancel: (() => void) | undefined;

  constructor(channel: ControlChannel) {
    this.#channel = channel;
  }

  add(intervals: readonly ReportedInterval[]): void {
    this.#waiting.push(...intervals.slice(0, MAX_WAITING - this.#waiting.length));
    if (this.#cancel === undefined) this.#send();
  }

  /** Everything that waits, since nothing is told later. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    while (this.#waiting.length > 0) this.#sendOne();
  }

  stop(): void {
    this.#cancel?.();
    this.#waiting.length = 0;
  }

  #send(): void {
    this.#cancel = undefined;
    if (this.#waiting.length === 0) return;
    this.#sendOne();
    this.#cancel = later(this.#channel.timers, PERIOD, () => this.#send());
  }

  #sendOne(): void {
    const intervals = this.#waiting.splice(0, MAX_REPORTED_INTERVALS);
    this.#channel.sendState(STATE.report, encodeJsonMessage(reportToJson(intervals)));
  }
}
