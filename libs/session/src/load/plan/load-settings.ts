import type { LoadSettings } from '@pathgauge/result';
import type { LoadOptions } from './load-options';
import { type LoadPlan, planOfOptions, rateOfPlan } from './load-plan';
import { dscpOf } from './socket-plan';

/** What was asked for, as the document tells it. */
export function settingsOfPlan(plan: LoadPlan): LoadSettings {
  const { protocol, directions, sockets } = plan;
  const [first = 'up', ...others] = directions;
  return {
    lengthBytes: plan.length,
    durationNs: plan.asked,
    dscp: dscpOf(sockets),
    protocol,
    direction: others.length > 0 ? 'both' : first,
    parallel: plan.parallel,
    intervalNs: plan.spacing,
    bitsPerSecond: rateOfPlan(plan),
    burst: plan.burst,
    bytes: plan.amount?.bytes,
    omitNs: plan.omit,
    dontFragment: protocol === 'udp' ? sockets.dontFragment : undefined,
    windowBytes: sockets.windowBytes,
    mssBytes: sockets.mssBytes,
    congestion: sockets.congestion,
    noDelay: protocol === 'tcp' ? sockets.noDelay : undefined,
    trafficClass: sockets.trafficClass,
    pacingBitsPerSecond: sockets.pacingBytesPerSecond === undefined ? undefined : sockets.pacingBytesPerSecond * 8,
  };
}

/** What a load test is asked for, as its document tells it before it has begun. */
export const loadSettings = (options: LoadOptions): LoadSettings => settingsOfPlan(planOfOptions(options));
