import type { ClockEstimate } from '@pathgauge/result';
import { NS_PER_S } from '@pathgauge/units';

/**
 * What is known of two clocks, with the whole seconds that instants of the peer were counted from: 0 but for clocks that are
 * weeks apart. A sum that no longer fits a number exactly is rounded: the bounds outwards.
 */
export const withBase = (clock: ClockEstimate, baseSeconds: number): ClockEstimate => ({
  ...clock,
  offsetNs: clock.offsetNs + baseSeconds * NS_PER_S,
  offsetLowNs: below(clock.offsetLowNs + baseSeconds * NS_PER_S),
  offsetHighNs: -below(-clock.offsetHighNs - baseSeconds * NS_PER_S),
});

const below = (sum: number): number => (Number.isSafeInteger(sum) ? sum : sum - 2 * Number.EPSILON * Math.abs(sum));
