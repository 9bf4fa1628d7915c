import type { LoadSettings } from '@pathgauge/result';
import type { LoadOptions } from './load-options';
import { type LoadPlan, planOfOptions, rateOfPlan } from './load-plan';
import { dscpOf } from './socket-plan';

/** What was asked for, as the document tells it. */
export const settingsOfPlan = (plan: LoadPlan): LoadSettings => ({
  lengthBytes: plan.length,
  intervalNs: plan.spacing,
  durationNs: plan.asked,
  bitsPerSecond: rateOfPlan(plan),
  direction: plan.directions[0] ?? 'up',
  dscp: dscpOf(plan.sockets),
  dontFragment: plan.protocol === 'udp' ? plan.sockets.dontFragment : undefined,
});

/** What a load test is asked for, as its document tells it before it has begun. */
export const loadSettings = (options: LoadOptions): LoadSettings => settingsOfPlan(planOfOptions(options));
