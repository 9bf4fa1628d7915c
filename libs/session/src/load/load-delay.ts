import { type ClockKnowledge, type DelayDistribution, intervalsOf } from '@pathgauge/metrics';
import type { Direction, OneWayDelay } from '@pathgauge/result';

/**
 * The one-way delay of a stream, from transit times that were gathered with the clock offset still in them. The offset of
 * mid-run is taken out of all of them; what the clocks may have drifted until either end of the run widens the interval.
 */
export function loadDelay(
  direction: Direction,
  transit: DelayDistribution | undefined,
  clock: ClockKnowledge | undefined,
): OneWayDelay | undefined {
  if (transit === undefined || clock === undefined) return undefined;
  const offsetNs = Math.round(clock.offsetNs);
  const values = transit.snapshot(direction === 'up' ? -offsetNs : offsetNs);
  // A larger offset means a shorter way up.
  const uncertaintyNs = {
    low: Math.floor(offsetNs - clock.largestNs),
    high: Math.ceil(offsetNs - clock.smallestNs),
  };
  return {
    basis: clock.basis,
    up: direction === 'up' ? values : undefined,
    down: direction === 'down' ? values : undefined,
    uncertaintyNs,
    intervalNs: intervalsOf(uncertaintyNs),
    clock: {
      offsetNs,
      offsetLowNs: Math.floor(clock.offsetLowNs),
      offsetHighNs: Math.ceil(clock.offsetHighNs),
      skewPpm: clock.skewPpm,
      skewLowPpm: clock.skewLowPpm,
      skewHighPpm: clock.skewHighPpm,
      steps: clock.steps,
    },
  };
}
