import { DelayDistribution } from '@pathgauge/metrics';
import type { Direction } from '@pathgauge/result';
import fc from 'fast-check';
import { byDirection } from './by-direction';
import { delaysOf, type LoadClock, loadDelay, transitBounds } from './load-delay';

/** The server is 100 ms ahead, give or take 2 ms at mid-run, and 3 ms at either end. */
const CLOCK: LoadClock = {
  basis: 'bounds',
  offsetNs: 100e6,
  offsetLowNs: 98e6,
  offsetHighNs: 102e6,
  lowNs: -2e6,
  highNs: 2e6,
  smallestNs: 97e6,
  largestNs: 103e6,
  skewPpm: undefined,
  skewLowPpm: undefined,
  skewHighPpm: undefined,
  steps: 0,
  baseSeconds: 0,
} as unknown as LoadClock;

function transit(...values: readonly number[]): DelayDistribution {
  const distribution = new DelayDistribution();
  for (const value of values) distribution.record(value);
  return distribution;
}

/** The delays of one direction, of these transit times. */
function delayOf(
  direction: Direction,
  distribution: DelayDistribution | undefined,
  clock: LoadClock | undefined,
  baseSeconds?: number,
) {
  const transits = distribution && { distribution, baseSeconds };
  const ways = byDirection((each) => (each === direction ? delaysOf(each, transits, clock) : undefined));
  return loadDelay(ways, clock);
}

describe('loadDelay', () => {
  it('takes the offset out of the way up, and adds it to the way down', () => {
    // 5 ms and 7 ms on the way, seen by clocks 100 ms apart.
    expect(delayOf('up', transit(105e6, 107e6), CLOCK)).toMatchObject({
      basis: 'bounds',
      up: { count: 2, minNs: 5e6, maxNs: 7e6 },
      down: undefined,
      clock: { offsetNs: 100e6, offsetLowNs: 98e6, offsetHighNs: 102e6 },
    });
    expect(delayOf('down', transit(-95e6, -93e6), CLOCK)).toMatchObject({
      up: undefined,
      down: { count: 2, minNs: 5e6, maxNs: 7e6 },
    });
  });

  it('says by how much the true value may differ: a larger offset means a shorter way up', () => {
    const { uncertaintyNs, intervalNs } = delayOf('up', transit(105e6), CLOCK) as NonNullable<
      ReturnType<typeof delayOf>
    >;
    expect(uncertaintyNs).toStrictEqual({ low: -3e6, high: 3e6 });
    expect(intervalNs.up).toStrictEqual({ low: -3e6, high: 3e6 });
  });

  it('has both directions where data flows in both', () => {
    const ways = { up: delaysOf('up', { distribution: transit(105e6), baseSeconds: 0 }, CLOCK) };
    const down = delaysOf('down', { distribution: transit(-91e6), baseSeconds: 0 }, CLOCK);
    expect(loadDelay({ ...ways, down }, CLOCK)).toMatchObject({ up: { minNs: 5e6 }, down: { minNs: 9e6 } });
  });

  it('is not known without times or without clocks', () => {
    expect([delayOf('up', undefined, CLOCK), delayOf('up', transit(1), undefined)]).toStrictEqual([
      undefined,
      undefined,
    ]);
  });

  it('loses no nanosecond where clocks are years apart', () => {
    const years = 54 * 365 * 86_400;
    // Both bases nearly cancel: what is left is the offset of 100 ms.
    const far: LoadClock = { ...CLOCK, baseSeconds: years };
    const delay = delayOf('up', transit(100e6 + 1, 100e6 + 3), far, years);
    expect(delay?.up).toMatchObject({ minNs: 1, maxNs: 3 });
    expect(delayOf('down', transit(-100e6 + 1, -100e6 + 3), far, -years)?.down).toMatchObject({ minNs: 1, maxNs: 3 });
  });

  it('holds the true delay, whatever the offset within its bounds', () => {
    const cases = fc.record(
      { delayNs: fc.integer({ min: 0, max: 1e9 }), errorNs: fc.integer({ min: -3e6, max: 3e6 }), isUp: fc.boolean() },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(cases, ({ delayNs, errorNs, isUp }) => {
        const offset = CLOCK.offsetNs + errorNs;
        const seen = isUp ? delayNs + offset : delayNs - offset;
        const delay = delayOf(isUp ? 'up' : 'down', transit(seen), CLOCK);
        if (delay === undefined) throw new Error('no delay');
        const direction = isUp ? 'up' : 'down';
        const value = delay[direction]?.minNs as number;
        const { low, high } = delay.intervalNs[direction];
        expect(delayNs).toBeGreaterThanOrEqual(value + low);
        expect(delayNs).toBeLessThanOrEqual(value + high);
      }),
    );
  });
});

describe('transitBounds', () => {
  // 10 ms, and 500 ppm of a test of 10 s, are slack.
  const SLACK_NS = 10e6 + 5e6;

  it.each([
    ['up', 97e6 - SLACK_NS, 103e6 + 10e9 + SLACK_NS],
    ['down', -103e6 - SLACK_NS, -97e6 + 10e9 + SLACK_NS],
  ] as const)('let pass what can be on the way %s', (direction, lowNs, highNs) => {
    expect(transitBounds(direction, CLOCK, undefined, 10e9)).toStrictEqual({ lowNs, highNs });
  });

  it('count with the bases of clocks that are far apart', () => {
    const far: LoadClock = { ...CLOCK, baseSeconds: 1e9 };
    expect(transitBounds('up', far, 1e9, 10e9)).toStrictEqual(transitBounds('up', CLOCK, 0, 10e9));
    expect(transitBounds('down', far, -1e9, 10e9)).toStrictEqual(transitBounds('down', CLOCK, 0, 10e9));
  });
});
