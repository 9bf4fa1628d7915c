import { type ClockKnowledge, type DelayDistribution, intervalsOf } from '@pathgauge/metrics';
import type { ByDirection, Direction, Distribution, OneWayDelay } from '@pathgauge/result';
import { NS_PER_S } from '@pathgauge/units';
import { withBase } from '../../clock-base';
import type { TransitBounds } from './peer-figures';

/** What is known of the two clocks, less the whole seconds that they are far apart; 0 but for clocks that are weeks apart. */
export interface LoadClock extends ClockKnowledge {
  readonly baseSeconds: number;
}

/** What is needed of transit times that were gathered with the clock offset still in them. */
export interface Transits {
  readonly distribution: DelayDistribution;
  readonly baseSeconds: number | undefined;
}

/** Delays of one direction: the offset of mid-run is taken out of all transit times. */
export function delaysOf(
  direction: Direction,
  transits: Transits | undefined,
  clock: LoadClock | undefined,
): Distribution | undefined {
  if (transits === undefined || clock === undefined) return undefined;
  const { distribution, baseSeconds = 0 } = transits;
  const offsetNs = Math.round(clock.offsetNs);
  // Where clocks are far apart both bases are large, and nearly cancel: first they, then the digits of the nanoseconds.
  const basesNs = (direction === 'up' ? baseSeconds - clock.baseSeconds : baseSeconds + clock.baseSeconds) * NS_PER_S;
  return distribution.snapshot((direction === 'up' ? -offsetNs : offsetNs) + basesNs);
}

/** The one-way delays of a load. What the clocks may have drifted until either end of the run widens the interval. */
export function loadDelay(
  delays: ByDirection<Distribution> | undefined,
  clock: LoadClock | undefined,
): OneWayDelay | undefined {
  if (delays === undefined || clock === undefined) return undefined;
  const offsetNs = Math.round(clock.offsetNs);
  // A larger offset means a shorter way up.
  const uncertaintyNs = {
    low: Math.floor(offsetNs - clock.largestNs),
    high: Math.ceil(offsetNs - clock.smallestNs),
  };
  return {
    basis: clock.basis,
    ...delays,
    uncertaintyNs,
    intervalNs: intervalsOf(uncertaintyNs),
    clock: withBase(
      {
        offsetNs,
        offsetLowNs: Math.floor(clock.offsetLowNs),
        offsetHighNs: Math.ceil(clock.offsetHighNs),
        skewPpm: clock.skewPpm,
        skewLowPpm: clock.skewLowPpm,
        skewHighPpm: clock.skewHighPpm,
        steps: clock.steps,
      },
      clock.baseSeconds,
    ),
  };
}

/** Clocks that differ in pace, and claims that are off a little, are no contradiction. */
const SLACK = { ns: 10e6, share: 5e-4 } as const;

/**
 * What transit times of a stream can be, clock offset and all, by what the exchanges tell of the clocks: no message arrives
 * before it was sent, or is under way for longer than the test.
 */
export function transitBounds(
  direction: Direction,
  { smallestNs, largestNs, baseSeconds }: LoadClock,
  transitBaseSeconds: number | undefined,
  testNs: number,
): TransitBounds {
  const slackNs = SLACK.ns + SLACK.share * testNs;
  const [low, high] = direction === 'up' ? [smallestNs, largestNs] : [-largestNs, -smallestNs];
  const basesNs = ((direction === 'up' ? baseSeconds : -baseSeconds) - (transitBaseSeconds ?? 0)) * NS_PER_S;
  return { lowNs: low + basesNs - slackNs, highNs: high + basesNs + testNs + slackNs };
}
