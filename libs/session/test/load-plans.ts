import { type Span, span } from '@pathgauge/units';
import type { LoadPlan } from '../src/load/plan/load-plan';
import { type Pace, plannedMessages } from '../src/load/plan/pace';
import { PLAIN_SOCKETS } from '../src/load/plan/socket-plan';

/** The pace of a load of this length. */
export const paceOf = (spacing: Span | undefined, duration: Span | undefined): Pace => ({
  spacing,
  burst: 1,
  planned: plannedMessages(spacing, duration, 1),
  lastLength: undefined,
  duration,
});

/** The pace of an exact amount of messages, the last of them of so many bytes. */
export const paceOfAmount = (planned: number, lastLength: number, spacing?: Span, burst = 1): Pace => ({
  spacing,
  burst,
  planned,
  lastLength,
  duration: undefined,
});

/** A plan of a load upwards that has no end unless it is given one. */
export const planOf = (wanted: Partial<LoadPlan> = {}): LoadPlan => ({
  protocol: 'tcp',
  directions: ['up'],
  parallel: 1,
  length: 1000,
  spacing: undefined,
  burst: 1,
  amount: undefined,
  omit: span(0),
  asked: wanted.duration,
  duration: undefined,
  counters64Bit: true,
  repeatingPayload: false,
  sockets: PLAIN_SOCKETS,
  ...wanted,
});
