import type { Span } from '@pathgauge/units';
import type { LoadPlan } from '../src/load/plan/load-plan';
import { type Pace, plannedMessages } from '../src/load/plan/pace';

/** The pace of a load of this length. */
export const paceOf = (spacing: Span | undefined, duration: Span | undefined): Pace => ({
  spacing,
  planned: plannedMessages(spacing, duration),
  duration,
});

/** A plan of a load upwards that has no end unless it is given one. */
export const planOf = (wanted: Partial<LoadPlan> = {}): LoadPlan => ({
  protocol: 'tcp',
  direction: 'up',
  length: 1000,
  asked: wanted.duration,
  counters64Bit: true,
  dontFragment: false,
  omits: false,
  ...paceOf(wanted.spacing, wanted.duration),
  ...wanted,
});
