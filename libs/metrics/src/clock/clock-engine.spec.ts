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
import { type ClockClaim, ClockEngine, isPossible } from './clock-engine';
import { type ClockLine, valueAt } from './clock-line';
import type { ClockKnowledge } from './clock-summary';
import type { Exchange } from './exchanges';

interface Told {
  readonly clock: ClockKnowledge;
  /** In the order in which they were settled. */
  readonly indices: number[];
  readonly lines: ClockLine[];
  /** Places where a settled part began with a step. */
  readonly stepsAt: number[];
}

function runOf(exchanges: readonly Exchange[], claim?: ClockClaim): Told {
  const indices: number[] = [];
  const lines: ClockLine[] = [];
  const stepsAt: number[] = [];
  let begun = 0;
  const engine = new ClockEngine(
    { claim: () => claim, granularityNs: () => 1 },
    {
      onSettled: (columns, from, to, line) => {
        if (begun > 0 && lines.length === begun) stepsAt.push(columns.index[from] as number);
        for (let i = from; i < to; i++) {
          indices.push(columns.index[i] as number);
          lines.push(line as ClockLine);
        }
      },
      onPartEnd: () => {
        begun = lines.length;
      },
    },
  );
  for (const exchange of exchanges) engine.record(exchange);
  engine.finish();
  return { clock: engine.snapshot() as ClockKnowledge, indices, lines, stepsAt };
}

/** By how much the true offset is outside of what is known, at the worst of all instants the server read its clock. */
function worstExcess({ truths, theta }: SimulatedSession, { clock, lines }: Told): number {
  let worst = Number.NEGATIVE_INFINITY;
  lines.forEach((line, i) => {
    for (const at of [truths[i]?.t2 as number, truths[i]?.t3 as number]) {
      const off = theta(at) - valueAt(line, at);
      const beyond = Math.max(clock.smallestNs - theta(at), theta(at) - clock.largestNs);
      worst = Math.max(worst, clock.lowNs - off, off - clock.highNs, beyond);
    }
  });
  return worst;
}

const calm = (rest: Partial<World> = {}): World => ({
  count: 1000,
  spacingNs: 1e7,
  up: noisy(8e6, 1e5),
  down: noisy(3e6, 1e5),
  offsetNs: 5e9,
  ...rest,
});
const seeds = fc.integer();
const stepsOf = (world: World, seed: number): number =>
  runOf(simulate(world, seededRandom(seed)).exchanges).clock.steps;

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

describe('steps', () => {
  const heights = fc.constantFrom(2e7, -3e7, 5e7, 7e8, -4e10);

  it.each([1, 2, 3])('counts %d, where they are', (count) => {
    fc.assert(
      fc.property(
        seeds,
        heights,
        fc.array(fc.integer({ min: 20, max: 280 }), { minLength: 3, maxLength: 3 }),
        (seed, heightNs, gaps) => {
          const places = gaps.slice(0, count).map((_, i) => gaps.slice(0, i + 1).reduce((a, b) => a + b, 0));
          const world = calm({ skew: 2e-5, steps: places.map((before) => ({ before, heightNs })) });
          const session = simulate(world, seededRandom(seed));
          const told = runOf(session.exchanges);
          expect(told.stepsAt).toStrictEqual(places);
          expect(told.clock.steps).toBe(count);
          expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  // The first window's first 3584 are settled: around there, and around its end, a step must not be found twice.
  it.each([3071, 3583, 3584, 3585, 4090, 4095, 4096, 4097, 6144])('counts one before exchange %d once', (before) => {
    const session = simulate(calm({ count: 9000, steps: [{ before, heightNs: 4e7 }] }), seededRandom(before));
    const told = runOf(session.exchanges);
    expect(told.stepsAt).toStrictEqual([before]);
    expect(told.clock.steps).toBe(1);
    expect(told.indices).toHaveLength(9000);
    expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
  });

  it('proves one by contradiction where there are few exchanges', () => {
    fc.assert(
      fc.property(seeds, heights, fc.integer({ min: 1, max: 4 }), (seed, heightNs, before) => {
        // More than a round trip (11 ms) within 10 ms: no clock runs like that.
        const session = simulate(calm({ count: 5, steps: [{ before, heightNs }] }), seededRandom(seed));
        const told = runOf(session.exchanges);
        expect(told.stepsAt).toStrictEqual([before]);
        expect(worstExcess(session, told)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });

  it.each([2.5e9, -8e8, -3.6e12])(
    'counts one of %d ns once, though packets overtake each other meanwhile',
    (heightNs) => {
      // 3000 exchanges 10 ms apart, up to 50 ms under way: at the step those of before and of after are mixed.
      const late = (floor: number) => (_: number, random: () => number) => floor + 4e7 * random();
      for (let seed = 0; seed < 20; seed++) {
        const jumps = [{ at: 1e10 + 1e9 * seed, heightNs }];
        const session = simulate(
          { count: 3000, spacingNs: 1e7, up: late(1e7), down: late(1e7), jumps },
          seededRandom(seed),
        );
        expect(runOf(session.exchanges).clock.steps).toBe(1);
      }
    },
  );

  it('sees none in queues, losses and skew', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        expect(stepsOf(anyWorld(random, 8, 300), seed)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

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
