import {
  anyWorld,
  constant,
  noisy,
  type SimulatedSession,
  seededRandom,
  simulate,
  type World,
} from '@pathgauge/testing';
import fc from 'fast-check';
import { type ClockFit, ClockFitter } from './clock-fit';
import { valueAt } from './clock-line';
import { type Exchange, Exchanges } from './exchanges';

const columnsOf = (exchanges: readonly Exchange[]): Exchanges => {
  const columns = new Exchanges(exchanges.length);
  for (const exchange of exchanges) columns.push(exchange);
  return columns;
};

const MAX_EXCHANGES = 400;
const fitter = new ClockFitter(MAX_EXCHANGES);
const fitOf = (exchanges: readonly Exchange[]): ClockFit | undefined =>
  fitter.fit(columnsOf(exchanges), 0, exchanges.length, 1, 0);

/** T1, T4, T2 - T1 and T4 - T3. */
const exchangesOf = (rows: readonly (readonly [number, number, number, number])[]): Exchange[] =>
  rows.map(([sentAt, arrivedAt, upNs, downNs], index) => ({ index, rank: index, sentAt, arrivedAt, upNs, downNs }));

/** By how much the true offset is outside of the interval, at the worst of all instants that an exchange saw. */
function worstExcess({ exchanges, truths, theta }: SimulatedSession, fit: ClockFit): number {
  const instants = exchanges.flatMap(({ sentAt, arrivedAt }, i) => [
    sentAt,
    truths[i]?.t2 as number,
    truths[i]?.t3 as number,
    arrivedAt,
  ]);
  const off = instants.map((at) => theta(at) - valueAt(fit, at));
  return Math.max(...off.map((distance) => Math.max(fit.lowNs - distance, distance - fit.highNs)));
}

const seeds = fc.integer();
const sessionOf = (seed: number, fewest: number, most: number, rest: Partial<World> = {}): SimulatedSession => {
  const random = seededRandom(seed);
  return simulate({ ...anyWorld(random, fewest, most), ...rest }, random);
};

/** 300 exchanges 10 ms apart, with light noise above what the ways take. */
const calm = (rest: Partial<World>): World => ({
  count: 300,
  spacingNs: 1e7,
  up: noisy(8e6, 5e4),
  down: noisy(3e6, 5e4),
  offsetNs: -7e8,
  ...rest,
});

describe('ClockFitter', () => {
  it('two exchanges, worked by hand', () => {
    // T2 - T1 is 400 and 700, T3 - T4 is -600 and -100; timestamps are whole, so each bound is 1 wider.
    // Without skew: [-101, 401], its middle 150 all along. A clock may gain or lose 0.2 %. The highest line that gains
    // so much passes 401 at 0, and is at 401 + 21.6 = 422.6 at the end (10 800); 272.6 above 150. The lowest one passes
    // -101 at 10 800, and is at -101 - 21.6 = -122.6 at 0; 272.6 below 150. Losing ones do not pass further off.
    const fit = fitOf(
      exchangesOf([
        [0, 1000, 400, 600],
        [10_000, 10_800, 700, 100],
      ]),
    );
    const exact = { from: 0, to: 10_800, middle: 5400, offsetNs: 150, slope: 0, skew: undefined };
    expect(fit).toMatchObject({ ...exact, constantLowNs: -101, constantHighNs: 401 });
    expect(fit?.lowNs).toBeCloseTo(-272.6, 9);
    expect(fit?.highNs).toBeCloseTo(272.6, 9);
  });

  it('two exchanges between which the clock gains', () => {
    // [-1, 1001], then [4999, 6001]. The flattest line runs from 1001 at 0 up to 4999 at 10 001 000.
    const rows = (secondAt: number): Exchange[] =>
      exchangesOf([
        [0, 1000, 1000, 0],
        [secondAt, secondAt + 1000, 6000, -5000],
      ]);
    const fit = fitOf(rows(1e7));
    expect(fit).toMatchObject({ constantLowNs: 4999, constantHighNs: 1001, skew: undefined });
    expect(fit?.slope).toBeCloseTo(3998 / 10_001_000, 12);
    // Ten times as fast would be 0.4 %: that is a step.
    expect(fitOf(rows(1e6))).toBeUndefined();
  });

  it('one exchange', () => {
    const fit = fitOf(exchangesOf([[50, 90, 1_000_030, -999_990]]));
    // [999 989, 1 000 031], and 0.2 % of 40 ns on either side.
    expect(fit).toMatchObject({ from: 50, to: 90, offsetNs: 1_000_010, slope: 0, skew: undefined });
    expect(fit).toMatchObject({ constantLowNs: 999_989, constantHighNs: 1_000_031 });
    expect(fit?.lowNs).toBeCloseTo(-21.08, 6);
    expect(fit?.highNs).toBeCloseTo(21.08, 6);
  });

  it('has the true offset within its bounds at every instant, whatever the network does', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const session = sessionOf(seed, 1, 300);
        const fit = fitOf(session.exchanges);
        // The rounding of 1e15 ns, as the offset may be that large.
        expect(fit === undefined ? Number.NaN : worstExcess(session, fit)).toBeLessThanOrEqual(0.5);
      }),
      { numRuns: 400 },
    );
  });

  it('says of a clock without skew what the extremes say', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { exchanges, theta } = sessionOf(seed, 1, 300, { skew: 0 });
        const { constantLowNs, constantHighNs, offsetNs, lowNs, highNs } = fitOf(exchanges) as ClockFit;
        const [low, high] = [Math.max(...exchanges.map((e) => -e.downNs)), Math.min(...exchanges.map((e) => e.upNs))];
        expect(Math.abs(constantLowNs - low)).toBeLessThanOrEqual(1);
        expect(Math.abs(constantHighNs - high)).toBeLessThanOrEqual(1);
        expect(constantLowNs).toBeLessThanOrEqual(theta(0));
        expect(constantHighNs).toBeGreaterThanOrEqual(theta(0));
        expect(lowNs).toBeLessThanOrEqual(0);
        expect(highNs).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(offsetNs)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the line itself when both ways always take the same time', () => {
    const delay = fc.integer({ min: 1000, max: 1e8 });
    fc.assert(
      fc.property(delay, fc.double({ min: -1e-3, max: 1e-3, noNaN: true }), fc.integer(), (delayNs, skew, offsetNs) => {
        const both = { up: constant(delayNs), down: constant(delayNs) };
        const session = simulate(calm({ ...both, skew, offsetNs }), seededRandom(1));
        const fit = fitOf(session.exchanges) as ClockFit;
        // Timestamps are taken to be off by a microsecond at an end of 3 s, 0.34 ppm: four times as much is no skew.
        expect(Math.abs(fit.slope - skew)).toBeLessThanOrEqual(Math.abs(skew) > 1.4e-6 ? 4e-9 : 1.4e-6);
        expect(Math.abs(valueAt(fit, fit.middle) - session.theta(fit.middle))).toBeLessThanOrEqual(10);
        expect(worstExcess(session, fit)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });

  it('tells an interval that holds the skew, nearly always', () => {
    let told = 0;
    let sessions = 0;
    fc.assert(
      fc.property(
        seeds,
        fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
        fc.integer({ min: 200, max: MAX_EXCHANGES }),
        (seed, skew, count) => {
          const { exchanges } = simulate(calm({ count, skew }), seededRandom(seed));
          const fit = fitOf(exchanges) as ClockFit;
          sessions++;
          if (fit.skew === undefined) return;
          told++;
          expect(fit.skew.low).toBeLessThanOrEqual(skew);
          expect(fit.skew.high).toBeGreaterThanOrEqual(skew);
          expect(fit.skew.high - fit.skew.low).toBeLessThan(200e-6);
        },
      ),
      { numRuns: 300 },
    );
    expect(told).toBeGreaterThan(0.9 * sessions);
  });

  it.each([
    ['up grows', { up: 4e6 }],
    ['up shrinks', { up: -4e6 }],
    ['down grows', { down: 6e6 }],
    ['down shrinks', { down: -2e6 }],
  ])('does not take a route change for skew: %s', (_, { up = 0, down = 0 }: { up?: number; down?: number }) => {
    fc.assert(
      fc.property(seeds, fc.double({ min: -1e-4, max: 1e-4, noNaN: true }), (seed, skew) => {
        const world = calm({
          skew,
          up: (i, random) => noisy(8e6 + (i < 150 ? 0 : up), 5e4)(i, random),
          down: (i, random) => noisy(3e6 + (i < 150 ? 0 : down), 5e4)(i, random),
        });
        const session = simulate(world, seededRandom(seed));
        const fit = fitOf(session.exchanges) as ClockFit;
        // The hull's edge over the mean time may still lie on one route alone: then it tells the truth.
        expect(fit.skew === undefined || (fit.skew.low <= skew && fit.skew.high >= skew)).toBe(true);
        expect(worstExcess(session, fit)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 100 },
    );
  });

  it('tells no skew that only one direction shows', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(-1000, 1000), (seed, growth) => {
        // A way that gets 1 us longer or shorter every 10 ms, 100 ppm, with 50 us of noise over 3 s.
        const { exchanges } = simulate(
          calm({ up: (i, random) => noisy(8e6 + i * growth, 5e4)(i, random) }),
          seededRandom(seed),
        );
        expect(fitOf(exchanges)?.skew).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('covers what both directions say, also when one of them is less sure', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, busyUp) => {
        const busy = noisy(8e6, 2e7);
        const world = calm({ skew: 3e-4, ...(busyUp ? { up: busy } : { down: busy }) });
        const skew = fitOf(simulate(world, seededRandom(seed)).exchanges)?.skew;
        expect(skew === undefined || (skew.low <= 3e-4 && skew.high >= 3e-4)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('sees a contradiction at one and the same instant', () => {
    // At 1000 the first reply says at least -600, the second probe at most -700.
    const rows = (upNs: number): Exchange[] =>
      exchangesOf([
        [0, 1000, 1000, 600],
        [1000, 2000, upNs, 1700],
      ]);
    expect(fitOf(rows(-700))).toBeUndefined();
    expect(fitOf(rows(-600))).toBeDefined();
  });

  it('tells no skew of fewer than 20 exchanges', () => {
    const light = { up: noisy(8e6, 1e3), down: noisy(3e6, 1e3) };
    const { exchanges } = simulate(calm({ ...light, count: 20, skew: 1e-3 }), seededRandom(5));
    expect(fitOf(exchanges)?.skew?.ratio).toBeCloseTo(1e-3, 3);
    expect(fitOf(exchanges.slice(0, 19))?.skew).toBeUndefined();
  });

  it('fits a part as it would fit that part alone', () => {
    fc.assert(
      fc.property(seeds, fc.nat(40), fc.nat(40), (seed, skipped, left) => {
        const { exchanges } = sessionOf(seed, 100, 200, { lossRatio: 0 });
        const end = exchanges.length - left;
        const part = fitter.fit(columnsOf(exchanges), skipped, end, 1, 0);
        expect(part).toStrictEqual(fitOf(exchanges.slice(skipped, end)));
      }),
      { numRuns: 100 },
    );
  });
});
