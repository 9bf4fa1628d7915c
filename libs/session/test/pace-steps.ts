import { milliseconds, type Span } from '@pathgauge/units';
import { emptyStep, nextStep, type Pace, type Step } from '../src/load/plan/pace';

export const ms = milliseconds;
export const stepOf = (pace: Pace, passed: Span, settled = 0, canSend = true): Step =>
  nextStep(pace, passed, settled, emptyStep(), canSend);

/** How many messages have been due, sent ones and others, as long as the load is not over. */
export const dueOf = (pace: Pace, passed: Span): number => {
  const { giveUp, send } = stepOf(pace, passed);
  return giveUp + send;
};
