import { milliseconds, type Span, span } from '@pathgauge/units';
import { MAX_CATCH_UP } from '../../host-stalls';

/** A spacing need not be a whole number of nanoseconds: half of one makes up for rounding. */
const ROUNDING = 0.5;

/** Whoever stops a load began to count its time earlier, by what a thread needs to be told. */
const MAX_HEAD_START: Span = milliseconds(100);

/** When messages are due: one every `spacing` from the start, or as fast as they go. A pure function of elapsed time. */
export interface Pace {
  /** Undefined: as fast as the path takes them. */
  readonly spacing: Span | undefined;
  /** How many messages there will be; undefined when only the end of the load decides. */
  readonly planned: number | undefined;
}

export const paceOf = (spacing: Span | undefined, duration: Span | undefined): Pace => ({
  spacing,
  planned:
    spacing === undefined || duration === undefined
      ? undefined
      : Math.max(1, Math.ceil((duration - ROUNDING) / spacing)),
});

/** How many messages should have left when `passed` has passed since the start. */
export function dueMessages(pace: Pace, passed: Span): number {
  if (pace.spacing === undefined) return Number.POSITIVE_INFINITY;
  return Math.min(Math.floor((passed + ROUNDING) / pace.spacing) + 1, pace.planned ?? Number.POSITIVE_INFINITY);
}

/** How many messages, from the first on, have had their time when `passed` has passed: the newest is always sent, however late. */
export function missedMessages(pace: Pace, passed: Span): number {
  if (pace.spacing === undefined) return 0;
  // What was due longer ago is not caught up with.
  const outdated = Math.max(0, dueMessages(pace, span(passed - MAX_CATCH_UP)));
  return Math.min(dueMessages(pace, passed) - 1, outdated);
}

/** How many messages of a paced load should have left when it is stopped. */
export const owedMessages = (pace: Pace, passed: Span): number =>
  pace.spacing === undefined ? 0 : dueMessages(pace, passed);

/** Whether a load that is stopped is about to be over by itself: then what is left of it is sent when it is due. */
export function isAlmostOver(pace: Pace, passed: Span): boolean {
  if (pace.spacing === undefined || pace.planned === undefined) return false;
  const left = dueAfter(pace, pace.planned - 1) - passed;
  return left > 0 && left <= MAX_HEAD_START;
}

/** When message `index` is due, after the start. */
export const dueAfter = (pace: Pace, index: number): Span => span(index * (pace.spacing ?? 0));
