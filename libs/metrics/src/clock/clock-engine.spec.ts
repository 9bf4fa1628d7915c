import { anyWorld, noisy, seededRandom, simulate } from '@pathgauge/testing';
import fc from 'fast-check';
import { calm, runOf, seeds, stepsOf, worstExcess } from '../../test/clock-runs';
import { ClockEngine, isPossible } from './clock-engine';
import type { ClockLine } from './clock-line';

describe('isPossible', () => {
  it.each([
    [5, 3, true],
    [-1e9, 1e9, true],
    [-1e9, 1e9 - 1, true],
    [-1e9, 1e9 - 2, false],
  ])('%d up, %d down: %s', (up, down, expected) => {
    expect(isPossible(up, down, 1)).toBe(expected);
  });
});

describe('ClockEngine', () => {
  it('knows nothing before the first exchange', () => {
    const engine = new ClockEngine({ claim: () => undefined, granularityNs: () => 1 });
    engine.finish();
    expect(engine.snapshot()).toBeUndefined();
  });

  it.each([1, 2, 4096, 4097, 7169, 20_000])('settles each of %d exchanges once, in order', (count) => {
    const { exchanges } = simulate(calm({ count, lossRatio: 0.1 }), seededRandom(count));
    expect(runOf(exchanges).indices).toStrictEqual(exchanges.map(({ index }) => index));
  });

  it('settles each once, in order, when they are sparse', () => {
    const { exchanges } = simulate(calm({ count: 200, spacingNs: 70e9, skew: 2e-5 }), seededRandom(9));
    expect(runOf(exchanges).indices).toStrictEqual(exchanges.map(({ index }) => index));
  });

  it('tells the offset of mid-run from the line that covers it, whatever stepped around it', () => {
    // The middle, exchange 500, lies in the long part behind two steps; the middle of the short part before it is nearer
    // than that of its own.
    const steps = [420, 470].map((before) => ({ before, heightNs: 500e6 }));
    const session = simulate(calm({ offsetNs: 0, steps }), seededRandom(1));
    const { clock } = runOf(session.exchanges);
    const middle = ((session.exchanges[0]?.sentAt ?? 0) + (session.exchanges.at(-1)?.arrivedAt ?? 0)) / 2;
    expect(session.theta(middle)).toBe(1000e6);
    expect(clock.offsetNs + clock.lowNs).toBeLessThanOrEqual(1000e6);
    expect(clock.offsetNs + clock.highNs).toBeGreaterThanOrEqual(1000e6);
  });

  it('remembers the idle path: a load that changes its direction is no step', () => {
    // Idle for ten seconds, then the uplink full for a minute, then the downlink: more than one window apart.
    const full = noisy(105e6, 1e6);
    const idle = noisy(5e6, 1e5);
    const world = calm({
      count: 12_000,
      up: (i, random) => (i >= 1000 && i < 7000 ? full : idle)(i, random),
      down: (i, random) => (i >= 7000 ? full : idle)(i, random),
    });
    fc.assert(
      fc.property(seeds, (seed) => expect(stepsOf(world, seed)).toBe(0)),
      { numRuns: 5 },
    );
  });

  it('forgets a claim for all of the run once it fails', () => {
    // One clock for 8000 exchanges, so it seems; then it steps by 50 ms.
    const world = calm({ count: 12_000, offsetNs: 0, steps: [{ before: 8000, heightNs: 50e6 }] });
    const session = simulate(world, seededRandom(3));
    const told = runOf(session.exchanges, { basis: 'same-clock', errorNs: 5000 });
    expect(told.clock).toMatchObject({ basis: 'bounds', steps: 1 });
    expect(told.clock.highNs - told.clock.lowNs).toBeGreaterThan(10e6);
    expect(told.clock.largestNs - told.clock.smallestNs).toBeGreaterThan(55e6);
    expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
  });

  it('has the truth within what it knows, at all times', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const session = simulate(anyWorld(random, 1, 300), random);
        const told = runOf(session.exchanges);
        expect(worstExcess(session, told)).toBeLessThanOrEqual(0.5);
        expect(told.clock).toMatchObject({ basis: 'bounds', steps: 0 });
        const off = session.theta((told.lines[0] as ClockLine).middle) - told.clock.offsetNs;
        expect(off).toBeGreaterThanOrEqual(told.clock.lowNs - 0.5);
        expect(off).toBeLessThanOrEqual(told.clock.highNs + 0.5);
      }),
      { numRuns: 300 },
    );
  });

  it('has the truth within what it knows over many windows', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const session = simulate(anyWorld(random, 4000, 12_000), random);
        const told = runOf(session.exchanges);
        expect(worstExcess(session, told)).toBeLessThanOrEqual(0.5);
        expect(told.clock.steps).toBe(0);
      }),
      { numRuns: 5 },
    );
  });

  it('tells the same before it settles as it does then', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const engine = new ClockEngine({ claim: () => undefined, granularityNs: () => 1 });
        for (const exchange of simulate(anyWorld(random, 1, 200), random).exchanges) engine.record(exchange);
        const early = engine.snapshot();
        engine.finish();
        expect(engine.snapshot()).toStrictEqual(early);
      }),
      { numRuns: 50 },
    );
  });

  it('tells the skew over many windows', () => {
    const { clock } = runOf(simulate(calm({ count: 10_000, skew: -37e-6 }), seededRandom(2)).exchanges);
    expect(Math.abs((clock.skewPpm as number) + 37)).toBeLessThan(1);
  });
});
