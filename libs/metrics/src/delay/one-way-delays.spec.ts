import { anyWorld, between, constant, noisy, seededRandom, simulate } from '@pathgauge/testing';
import fc from 'fast-check';
import {
  calm,
  extremesOf,
  figuresOf,
  jitterOf,
  of,
  owdOf,
  seeds,
  sessionOf,
  stepsOf,
  sumsUp,
  variationsOf,
  worstExcess,
} from '../../test/one-way-runs';
import { OneWayDelays } from './one-way-delays';

describe('OneWayDelays', () => {
  it('has no answer without exchanges', () => {
    expect(new OneWayDelays({ claim: () => undefined, granularityNs: () => 1 }).finish()).toStrictEqual({
      owd: undefined,
      queueing: undefined,
      jitter: { upNs: undefined, downNs: undefined },
      ipdv: undefined,
      pdv: undefined,
    });
  });

  it('two exchanges, worked by hand', () => {
    // T2 - T1 is 400 and 700, T4 - T3 is 600 and 100: the offset is in [-101, 401] were there no skew; the middle is 150.
    // Up 250 and 550, down 750 and 250. A clock may have stepped in between: then the first one alone allows [-601, 401], 751
    // below 150 at most, and the second one [-101, 701], 551 above. Halfway the pace may have changed by 1000 ppm: 2.5 more.
    const delays = new OneWayDelays({ claim: () => undefined, granularityNs: () => 1 });
    delays.record({ index: 0, rank: 0, sentAt: 0, arrivedAt: 1000, upNs: 400, downNs: 600 });
    delays.record({ index: 1, rank: 1, sentAt: 10_000, arrivedAt: 10_800, upNs: 700, downNs: 100 });
    const figures = delays.finish();
    const { basis, up, down, uncertaintyNs, clock } = owdOf(figures);
    expect({ basis, uncertaintyNs }).toStrictEqual({ basis: 'bounds', uncertaintyNs: { low: -551, high: 751 } });
    const unknown = { skewPpm: undefined, skewLowPpm: undefined, skewHighPpm: undefined };
    expect(clock).toStrictEqual({ offsetNs: 150, offsetLowNs: -604, offsetHighNs: 704, ...unknown, steps: 0 });
    expect(up).toMatchObject({ count: 2, minNs: 250, maxNs: 550 });
    expect(down).toMatchObject({ count: 2, minNs: 250, maxNs: 750 });
    expect(figures.queueing?.up).toMatchObject({ count: 2, minNs: 0, maxNs: 300 });
    expect(figures.pdv?.down).toMatchObject({ count: 2, minNs: 0, maxNs: 500 });
    expect(figures.ipdv).toMatchObject({ up: { count: 1, meanNs: 300 }, down: { count: 1, meanNs: -500 } });
    // 300 / 16 and 500 / 16.
    expect(figures.jitter).toStrictEqual({ upNs: 18.75, downNs: 31.25 });
  });

  it('has the true delays within what it tells', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const session = sessionOf(seed);
        const figures = figuresOf(session);
        // Half a nanosecond for each of three roundings.
        expect(worstExcess(session, figures)).toBeLessThanOrEqual(2);
        sumsUp(session, figures);
      }),
      { numRuns: 300 },
    );
  });

  it('has the true delays within what it tells when clocks step', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: -1e-4, max: 1e-4, noNaN: true }), fc.integer(), (seed, skew, offsetNs) => {
        const random = seededRandom(seed);
        const steps = stepsOf(random);
        const session = simulate(calm({ offsetNs, skew, lossRatio: 0.1 * random(), steps }), random);
        const figures = figuresOf(session);
        expect(worstExcess(session, figures)).toBeLessThanOrEqual(2);
        expect(owdOf(figures).clock.steps).toBe(steps.length);
        sumsUp(session, figures);
      }),
      { numRuns: 200 },
    );
  });

  it('has the true delays within what it tells over many windows', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const session = simulate(anyWorld(random, 5000, 10_000), random);
        const figures = figuresOf(session);
        sumsUp(session, figures);
        // Beyond 4096 values a median is within 0.05 % of its distance to the smallest.
        const { up, down } = owdOf(figures);
        const spread = Math.max(of(up).maxNs - of(up).minNs, of(down).maxNs - of(down).minNs);
        expect(worstExcess(session, figures)).toBeLessThanOrEqual(2 + spread / 2000);
      }),
      { numRuns: 4 },
    );
  });

  it('sees no queue where there is none, whatever the clocks do', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: -1e-3, max: 1e-3, noNaN: true }), fc.boolean(), (seed, skew, stepped) => {
        const random = seededRandom(seed);
        const delays = { up: constant(between(random, 1e3, 1e8)), down: constant(between(random, 1e3, 1e8)) };
        const steps = stepped ? stepsOf(random) : [];
        const offsetNs = Math.round((random() - 0.5) * 1e10);
        const { queueing } = figuresOf(simulate({ ...calm({ ...delays, skew, offsetNs, steps }) }, random));
        expect([queueing?.up?.minNs, queueing?.down?.minNs]).toStrictEqual([0, 0]);
        // Timestamps are taken to be off by 1 us and their grain; a drift within four times that is no skew, and not taken out.
        expect(queueing?.up?.maxNs).toBeLessThanOrEqual(4100);
        expect(queueing?.down?.maxNs).toBeLessThanOrEqual(4100);
      }),
      { numRuns: 200 },
    );
  });

  it('tells a queue above the smallest delay on the same side of a step', () => {
    // 50 ms in the way of each tenth; the step is 3 s.
    const up = (i: number): number => (i % 10 === 5 ? 58e6 : 8e6);
    const world = calm({ up, down: constant(8e6), steps: [{ before: 301, heightNs: 3e9 }] });
    const { queueing, owd } = figuresOf(simulate(world, seededRandom(1)));
    expect(owd?.clock.steps).toBe(1);
    expect(queueing?.up).toMatchObject({ count: 600, minNs: 0, medianNs: 0, maxNs: 5e7 });
    expect(queueing?.up?.meanNs).toBeCloseTo(5e6, 3);
    expect(queueing?.down).toMatchObject({ count: 600, minNs: 0, maxNs: 0 });
  });

  it('varies as the raw values do, between consecutive ones and in order of arrival', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const session = sessionOf(seed, { skew: 0 });
        const figures = figuresOf(session);
        const gaps = session.exchanges
          .slice(1)
          .map((e, i) => e.arrivedAt - (session.exchanges[i]?.arrivedAt as number));
        // A skew that is found by chance moves a value by as much over a gap; the rest is rounding.
        const skew = Math.abs(owdOf(figures).clock.skewPpm ?? 0) * 1e-6;
        const width = Math.max(0, ...gaps.map(Math.abs));
        const reach = Math.max(0, ...session.truths.map(({ up, down }) => up + down));
        const allowed = 2 + skew * (width + 3 * reach);
        for (const [direction, side] of [
          ['upNs', 'up'],
          ['downNs', 'down'],
        ] as const) {
          const variations = variationsOf(session, direction);
          const ipdv = figures.ipdv?.[side];
          expect(ipdv?.count ?? 0).toBe(variations.length);
          if (ipdv !== undefined) {
            const expected = extremesOf(variations);
            [ipdv.minNs, ipdv.medianNs, ipdv.meanNs, ipdv.maxNs].forEach((value, i) => {
              expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(allowed);
            });
          }
          const jitter = jitterOf(session, direction);
          if (jitter === undefined) expect(figures.jitter[direction]).toBeUndefined();
          else expect(Math.abs((figures.jitter[direction] as number) - jitter)).toBeLessThanOrEqual(allowed);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is the same jitter over many windows', () => {
    const session = simulate(calm({ count: 10_000, up: noisy(8e6, 1e6), spacingNs: 2e8 }), seededRandom(4));
    const { jitter } = figuresOf(session);
    expect(jitter.upNs).toBeCloseTo(jitterOf(session, 'upNs') as number, -4);
  });

  it('compares nothing across a step or a gap', () => {
    const world = calm({
      count: 100,
      up: (i) => (i < 50 ? 8e6 : 2e7),
      down: constant(8e6),
      steps: [{ before: 50, heightNs: 1e9 }],
    });
    const session = simulate(world, seededRandom(1));
    // 30 was lost; the step is before 50: 100 - 1 answers, less the first, the one after the gap and the first past the step.
    const figures = figuresOf({ ...session, exchanges: session.exchanges.filter(({ index }) => index !== 30) });
    expect(figures.ipdv?.up).toMatchObject({ count: 96, minNs: 0, maxNs: 0 });
    expect(figures.jitter).toStrictEqual({ upNs: 0, downNs: 0 });
    expect(owdOf(figures).clock.steps).toBe(1);
  });

  it('tells the delay above the smallest one of the run', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { owd, pdv, queueing } = figuresOf(sessionOf(seed));
        for (const side of ['up', 'down'] as const) {
          const delay = of(owd?.[side]);
          const { count, minNs, medianNs, maxNs } = delay;
          const expected = { count, minNs: 0, medianNs: medianNs - minNs, maxNs: maxNs - minNs };
          expect(pdv?.[side]).toMatchObject(expected);
          // Without a step it is one and the same.
          const { meanNs, stddevNs, ...exact } = of(queueing?.[side]);
          expect(pdv?.[side]).toMatchObject(exact);
          expect(meanNs).toBeCloseTo(pdv?.[side]?.meanNs as number, 3);
          expect(stddevNs ?? 0).toBeCloseTo(pdv?.[side]?.stddevNs ?? 0, 3);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('does not clamp what is below 0', () => {
    // Both clocks are said to be right within 5 ms, and the server's is 4 ms behind: up is 1 ms in truth.
    const session = simulate(calm({ up: constant(1e6), down: constant(3e7), offsetNs: -4e6 }), seededRandom(1));
    const figures = figuresOf(session, { basis: 'synchronised', errorNs: 5e6 });
    const { owd } = figures;
    expect(owd?.basis).toBe('synchronised');
    // The exchanges allow [-30 ms, -3 ms], 1 ns more on either side: the line is at the end of that which is nearest to 0.
    expect(owd?.clock.offsetNs).toBe(-3e6 + 1);
    expect(owd?.up).toMatchObject({ minNs: -1, maxNs: -1 });
    expect(worstExcess(session, figures)).toBeLessThanOrEqual(2);
  });

  it('is exact on one host', () => {
    const world = calm({ up: noisy(2e4, 3e3), down: noisy(1.5e4, 3e3), offsetNs: 0 });
    const session = simulate(world, seededRandom(6));
    const { owd } = figuresOf(session, { basis: 'same-clock', errorNs: 5000 });
    expect(owd).toMatchObject({ basis: 'same-clock', uncertaintyNs: { low: -5000, high: 5000 } });
    const none = { skewPpm: 0, skewLowPpm: 0, skewHighPpm: 0 };
    expect(owd?.clock).toStrictEqual({ offsetNs: 0, offsetLowNs: -5000, offsetHighNs: 5000, ...none, steps: 0 });
    const told = [owd?.up?.minNs, owd?.up?.medianNs, owd?.up?.meanNs, owd?.up?.maxNs] as number[];
    extremesOf(session.truths.map(({ up }) => up)).forEach((value, i) => {
      expect(told[i]).toBeCloseTo(value, 6);
    });
  });

  it('tells on which side the truth may be farther off', () => {
    // T2 - T1 is 2000 and T4 - T3 1000: the offset is in [-1001, 2001], so up may be 2001 less or 1001 more.
    const session = simulate(calm({ up: constant(2000), down: constant(1000) }), seededRandom(6));
    const { owd } = figuresOf(session, { basis: 'same-clock', errorNs: 5000 });
    expect(owd?.uncertaintyNs).toStrictEqual({ low: -2001, high: 1001 });
    expect(owd?.clock).toMatchObject({ offsetNs: 0, offsetLowNs: -1001, offsetHighNs: 2001 });
  });
});

it('up + down is the round trip less the server time, for every exchange, to the nanosecond', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed);
      // Each exchange in a session of its own: what is told of one is told of it alone.
      for (const exchange of simulate(anyWorld(random, 1, 20), random).exchanges) {
        const delays = new OneWayDelays({ claim: () => undefined, granularityNs: () => 1 });
        delays.record(exchange);
        const { owd } = delays.finish();
        expect((owd?.up?.minNs as number) + (owd?.down?.minNs as number)).toBe(exchange.upNs + exchange.downNs);
      }
    }),
    { numRuns: 20 },
  );
});
