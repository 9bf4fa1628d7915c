import { type ClockKnowledge, type DelayDistribution, intervalsOf } from '@pathgauge/metrics';
import type { Direction, OneWayDelay } from '@pathgauge/result';
import { NS_PER_S } from '@pathgauge/units';
import { withBase } from '../../clock-base';
import type { TransitBounds } from './peer-figures';

/** What is known of the two clocks, less the whole seconds that they are far apart; 0 but for clocks that are weeks apart. */
export interface LoadClock extends ClockKnowledge {
  readonly baseSeconds: number;
}

/**
 * The one-way delay of a stream, from transit times that were gathered with the clock offset still in them. The offset of
 * mid-run is taken out of all of them; what the clocks may have drifted until either end of the run widens the interval.
 */
export function loadDelay(
  direction: Direction,
  transit: DelayDistribution | undefined,
  clock: LoadClock | undefined,
  transitBaseSeconds = 0,
): OneWayDelay | undefined {
  if (transit === undefined || clock === undefined) return undefined;
  const offsetNs = Math.round(clock.offsetNs);
  const { baseSeconds } = clock;
  // Where clocks are far apart both bases are large, and nearly cancel: first they, then the digits of the nanoseconds.
  const basesNs = (direction === 'up' ? transitBaseSeconds - baseSeconds : transitBaseSeconds + baseSeconds) * NS_PER_S;
  const values = transit.snapshot((direction === 'up' ? -offsetNs : offsetNs) + basesNs);
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
      baseSeconds,
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
