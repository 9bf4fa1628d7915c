import { milliseconds, type Span, span } from '@pathgauge/units';
import { MAX_CATCH_UP } from '../../host-stalls';

/** A spacing need not be a whole number of nanoseconds: half of one makes up for rounding. */
const ROUNDING = 0.5;

/** Whoever stops a load began to count its time earlier: an order takes its time to reach the role that sends. */
const MAX_HEAD_START: Span = milliseconds(100);

const NO_TIME = span(0);

/** When the messages of a load are due, and when there are no more of them. All times count from its start. */
export interface Pace {
  /** Between messages, in the mean; undefined: as fast as the path takes them. */
  readonly spacing: Span | undefined;
  /** So many messages are due together, 1 or more. */
  readonly burst: number;
  /** How many messages there will be; undefined: the end of the load decides. */
  readonly planned: number | undefined;
  /**
   * Bytes of the last planned message of an amount that is kept exactly: nothing of it is given up for being late, its schedule
   * slips instead. Undefined: there is no such amount.
   */
  readonly lastLength: number | undefined;
  /** How long a load without a number of messages goes on; undefined: until it is stopped. */
  readonly duration: Span | undefined;
}

/** What a sender does next. */
export interface Step {
  /** Nothing more is to be sent. */
  isOver: boolean;
  /** So many messages have had their time: they are not sent any more. */
  giveUp: number;
  /** So many of those behind them are due; infinitely many of a load without a spacing. */
  send: number;
  /** When the first of them is due, or was; the end of the load, if that is known to come before. */
  dueAt: Span;
}

export const emptyStep = (): Step => ({ isOver: false, giveUp: 0, send: 0, dueAt: span(0) });

/**
 * Writes into `step`, and returns, what a sender does when `passed` has passed and `settled` messages were sent or given up. One
 * that cannot send gives up what is due meanwhile. Nothing is allocated: a sender asks for each of its messages.
 */
export function nextStep(pace: Pace, passed: Span, settled: number, step: Step, canSend = true): Step {
  step.isOver = isOver(pace, passed, settled, canSend);
  const missed = step.isOver ? owedMessages(pace, passed) : missedMessages(pace, passed);
  step.giveUp = Math.max(0, missed - settled);
  const next = settled + step.giveUp;
  step.send = step.isOver || !canSend ? 0 : Math.max(0, dueMessages(pace, passed) - next);
  step.dueAt = dueOrOver(pace, next);
  return step;
}

/**
 * The stop rule. A load of a planned number of messages is over when all of them are settled: its last one is sent however late,
 * unless its sender cannot send and the time of one more message has come. Any other load is over when its time is.
 */
export function isOver(pace: Pace, passed: Span, settled: number, canSend = true): boolean {
  const { planned, duration } = pace;
  if (planned !== undefined && settled >= planned) return true;
  if (planned === undefined || isExact(pace)) return duration !== undefined && passed >= duration;
  return !canSend && passed >= lengthOfPlan(pace, planned);
}

/** By how much the schedule of an exact amount is to slip, because what is next was due too long ago to be caught up with. */
export function slipOf(pace: Pace, passed: Span, settled: number): Span {
  if (pace.spacing === undefined || !isExact(pace)) return NO_TIME;
  return span(Math.max(0, passed - MAX_CATCH_UP - dueAfter(pace, settled)));
}

/** Bytes of the last of `count` messages from `first` on; all others have `length`. */
export const lastBytes = ({ planned, lastLength }: Pace, length: number, first: number, count: number): number =>
  lastLength !== undefined && planned !== undefined && first + count >= planned ? lastLength : length;

/** The pace of the beginning of a load that is in no figure: it goes on for `omit`, whatever is planned behind it. */
export const paceOfOmitted = (pace: Pace, omit: Span): Pace => ({
  ...pace,
  planned: undefined,
  lastLength: undefined,
  duration: omit,
});

/**
 * How many messages are given up when a load is stopped. Undefined where it is about to be over by itself: then what is left of it
 * is sent when it is due.
 */
export function owedWhenStopped(pace: Pace, passed: Span, settled: number): number | undefined {
  return isAlmostOver(pace, passed) ? undefined : Math.max(0, owedMessages(pace, passed) - settled);
}

/** How many messages a paced load of this length has. */
export const plannedMessages = (
  spacing: Span | undefined,
  duration: Span | undefined,
  burst: number,
): number | undefined =>
  spacing === undefined || duration === undefined
    ? undefined
    : burst * Math.max(1, Math.ceil((duration - ROUNDING) / (burst * spacing)));

/** When message `index` is due. */
export const dueAfter = ({ spacing = NO_TIME, burst }: Pace, index: number): Span =>
  span((index - (index % burst)) * spacing);

/** So many messages leave together at the most: those that are due at once, and those before them that are caught up with. */
export const mostDueTogether = ({ spacing, burst }: Pace): number =>
  spacing === undefined ? Number.POSITIVE_INFINITY : burst * (1 + Math.ceil(MAX_CATCH_UP / (spacing * burst)));

/** How long a load of so many messages lasts. */
export const lengthOfPlan = ({ spacing = NO_TIME }: Pace, planned: number): Span => span(planned * spacing);

function dueOrOver(pace: Pace, index: number): Span {
  const due = dueAfter(pace, index);
  return pace.planned === undefined && pace.duration !== undefined ? span(Math.min(due, pace.duration)) : due;
}

const isExact = ({ lastLength }: Pace): boolean => lastLength !== undefined;

/** How many messages should have left when `passed` has passed. */
function dueMessages({ spacing, burst, planned = Number.POSITIVE_INFINITY }: Pace, passed: Span): number {
  if (spacing === undefined) return planned;
  return Math.min((Math.floor((passed + ROUNDING) / (spacing * burst)) + 1) * burst, planned);
}

/** How many messages, from the first on, have had their time: the newest, and its burst, are always sent, however late. */
function missedMessages(pace: Pace, passed: Span): number {
  if (pace.spacing === undefined || isExact(pace)) return 0;
  // What was due longer ago is not caught up with.
  const outdated = Math.max(0, dueMessages(pace, span(passed - MAX_CATCH_UP)));
  const newest = dueMessages(pace, passed) - 1;
  return Math.min(newest - (newest % pace.burst), outdated);
}

/** How many messages should have left by the end of a load. One without a spacing owes none, nor does an exact amount. */
const owedMessages = (pace: Pace, passed: Span): number =>
  pace.spacing === undefined || isExact(pace) ? 0 : dueMessages(pace, passed);

function isAlmostOver(pace: Pace, passed: Span): boolean {
  if (pace.spacing === undefined || pace.planned === undefined) return false;
  const left = dueAfter(pace, pace.planned - 1) - passed;
  return left > 0 && left <= MAX_HEAD_START;
}
