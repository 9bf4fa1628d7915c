import { milliseconds, type Span, span } from '@pathgauge/units';
import { MAX_CATCH_UP } from '../../host-stalls';

/** A spacing need not be a whole number of nanoseconds: half of one makes up for rounding. */
const ROUNDING = 0.5;

/** Whoever stops a load began to count its time earlier: an order takes its time to reach the role that sends. */
const MAX_HEAD_START: Span = milliseconds(100);

/** When the messages of a load are due, and when there are no more of them. All times count from its start. */
export interface Pace {
  /** Between messages; undefined: as fast as the path takes them. */
  readonly spacing: Span | undefined;
  /** Messages that are due together: `spacing` is what lies between them on average. */
  readonly burst: number;
  /** How many messages there will be; undefined: the end of the load decides. */
  readonly planned: number | undefined;
  /** Bytes of the last message of an exact amount, of which none is given up for being late; undefined: no amount is to be sent. */
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
  /** When the first of them is due, or was. */
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
  step.dueAt = dueAfter(pace, next);
  return step;
}

/**
 * The stop rule. A load of a planned number of messages is over when all of them are settled: its last one is sent however late,
 * unless its sender cannot send and the time of one more message has come. Any other load is over when its time is.
 */
export function isOver(pace: Pace, passed: Span, settled: number, canSend = true): boolean {
  const { planned, duration } = pace;
  if (planned === undefined) return duration !== undefined && passed >= duration;
  return settled >= planned || (!canSend && passed >= dueAfter(pace, planned));
}

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
export const dueAfter = (pace: Pace, index: number): Span => span(index * (pace.spacing ?? 0));

/** How many messages should have left when `passed` has passed. */
function dueMessages({ spacing, planned }: Pace, passed: Span): number {
  if (spacing === undefined) return Number.POSITIVE_INFINITY;
  return Math.min(Math.floor((passed + ROUNDING) / spacing) + 1, planned ?? Number.POSITIVE_INFINITY);
}

/** How many messages, from the first on, have had their time: the newest is always sent, however late. */
function missedMessages(pace: Pace, passed: Span): number {
  if (pace.spacing === undefined) return 0;
  // What was due longer ago is not caught up with.
  const outdated = Math.max(0, dueMessages(pace, span(passed - MAX_CATCH_UP)));
  return Math.min(dueMessages(pace, passed) - 1, outdated);
}

/** How many messages should have left by the end of a load. One without a spacing owes none. */
const owedMessages = (pace: Pace, passed: Span): number => (pace.spacing === undefined ? 0 : dueMessages(pace, passed));

function isAlmostOver(pace: Pace, passed: Span): boolean {
  if (pace.spacing === undefined || pace.planned === undefined) return false;
  const left = dueAfter(pace, pace.planned - 1) - passed;
  return left > 0 && left <= MAX_HEAD_START;
}
