import { type Span, span } from '@pathgauge/units';

/** A spacing need not be a whole number of nanoseconds: half of one makes up for rounding. */
const ROUNDING = 0.5;

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

/** When message `index` is due, after the start. */
export const dueAfter = (pace: Pace, index: number): Span => span(index * (pace.spacing ?? 0));
