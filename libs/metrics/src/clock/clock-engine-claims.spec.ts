import { constant, seededRandom, simulate, type World } from '@pathgauge/testing';
import { calm, runOf, worstExcess } from '../../test/clock-runs';
import { type ClockClaim, ClockEngine } from './clock-engine';
import { valueAt } from './clock-line';
import type { ClockKnowledge } from './clock-summary';

describe('claims', () => {
  const same: ClockClaim = { basis: 'same-clock', errorNs: 5000 };
  const synchronised: ClockClaim = { basis: 'synchronised', errorNs: 1e6 };
  const clockOf = (world: Partial<World>, claim: ClockClaim): ClockKnowledge =>
    runOf(simulate(calm({ offsetNs: 0, ...world }), seededRandom(7)).exchanges, claim).clock;

  it('believes that there is one clock while nothing contradicts it', () => {
    const clock = clockOf({ count: 9000 }, same);
    const whole = { basis: 'same-clock', offsetNs: 0, lowNs: -5000, highNs: 5000, steps: 0 };
    const skews = { skewPpm: 0, skewLowPpm: 0, skewHighPpm: 0 };
    const range = { offsetLowNs: -5000, offsetHighNs: 5000, smallestNs: -5000, largestNs: 5000 };
    expect(clock).toStrictEqual({ ...whole, ...skews, ...range });
  });

  it('tell the offset of the moment, which is a guess without them', () => {
    const latest = (world: Partial<World>, claim: ClockClaim | undefined): number | undefined => {
      const engine = new ClockEngine({ claim: () => claim, granularityNs: () => 1 });
      for (const exchange of simulate(calm({ offsetNs: 0, ...world }), seededRandom(7)).exchanges)
        engine.record(exchange);
      return engine.latestOffsetNs();
    };
    expect(latest({}, same)).toBe(0);
    expect(latest({}, undefined)).toBeUndefined();
    expect(latest({ offsetNs: -9e6 }, same)).toBeUndefined();
  });

  it('narrows one clock by what the exchanges say', () => {
    // T2 - T1 is 2000 and T4 - T3 1000: [-1001, 2001].
    const clock = clockOf({ up: constant(2000), down: constant(1000) }, same);
    expect(clock).toMatchObject({ basis: 'same-clock', offsetNs: 0, lowNs: -1001, highNs: 2001, skewPpm: 0 });
  });

  it.each<[string, Partial<World>]>([
    // The least of T2 - T1 is 8 ms - 9 ms: the offset is at most -1 ms.
    ['an exchange contradicts it', { offsetNs: -9e6 }],
    ['the clocks drift apart', { skew: 2e-5 }],
    ['a clock stepped', { steps: [{ before: 500, heightNs: 3e7 }] }],
    // Before it the offset is within -3 and 8 ms, behind it within -1 and 10: each allows 0.
    ['a clock stepped by less than the exchanges rule out', { steps: [{ before: 500, heightNs: 2e6 }] }],
    ['the last one of many contradicts it', { count: 8000, steps: [{ before: 7999, heightNs: 3e7 }] }],
  ])('no longer believes it when %s', (_, world) => {
    for (const claim of [same, { ...same, basis: 'synchronised' } as const]) {
      const session = simulate(calm({ offsetNs: 0, ...world }), seededRandom(7));
      const told = runOf(session.exchanges, claim);
      expect(told.clock.basis).toBe('bounds');
      const { lowNs, highNs } = told.clock;
      const off = told.lines.map((line, i) => {
        const at = session.truths[i]?.t2 as number;
        return session.theta(at) - valueAt(line, at);
      });
      expect(Math.min(...off)).toBeGreaterThanOrEqual(lowNs);
      expect(Math.max(...off)).toBeLessThanOrEqual(highNs);
    }
  });

  it('has the truth within what it knows of values that a false claim has moved', () => {
    // 7.9 ms behind, up at least 8 ms: nothing rules 0 out until the last exchange does.
    const world = calm({ count: 8000, offsetNs: -7.9e6, steps: [{ before: 7999, heightNs: 3e7 }] });
    const session = simulate(world, seededRandom(7));
    const told = runOf(session.exchanges, { basis: 'synchronised', errorNs: 5e6 });
    expect(told.clock.basis).toBe('bounds');
    expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
  });

  it('believes disciplined clocks to within their error', () => {
    const clock = clockOf({ offsetNs: 3e5, skew: 1e-8 }, synchronised);
    expect(clock).toMatchObject({ basis: 'synchronised', offsetNs: 0, lowNs: -1e6, highNs: 1e6, steps: 0 });
    // They wander: that the exchanges rule out an offset below 4 ms at one moment says nothing of another.
    const wandering = clockOf({ offsetNs: 7e6 }, { basis: 'synchronised', errorNs: 5e6 });
    expect(wandering.lowNs + wandering.offsetNs).toBe(-5e6);
    expect(wandering.highNs + wandering.offsetNs).toBe(5e6);
    expect(wandering.offsetNs).toBeGreaterThan(3.9e6);
  });

  it.each([
    // The bounds are 8 + 3 ms apart, and some noise.
    ['not when they are surer than it', {}, 6e6, 'bounds'],
    ['when it is surer than they are', {}, 5e6, 'synchronised'],
    ['not when they do not meet', { offsetNs: 9.5e6 }, 5e6, 'bounds'],
    ['when they just meet', { offsetNs: 7e6 }, 5e6, 'synchronised'],
  ])('believes them %s', (_, world, errorNs, basis) => {
    expect(clockOf(world, { basis: 'synchronised', errorNs }).basis).toBe(basis);
  });
});
