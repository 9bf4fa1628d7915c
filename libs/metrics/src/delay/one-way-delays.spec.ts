import type { Distribution, OneWayDelay } from '@pathgauge/result';
import {
  anyWorld,
  between,
  constant,
  noisy,
  type SimulatedSession,
  seededRandom,
  simulate,
  type World,
} from '@pathgauge/testing';
import fc from 'fast-check';
import type { ClockClaim } from '../clock/clock-engine';
import { OneWayDelays, type OneWayFigures } from './one-way-delays';

function figuresOf({ exchanges }: SimulatedSession, claim?: ClockClaim): OneWayFigures {
  const delays = new OneWayDelays({ claim: () => claim, granularityNs: () => 1 });
  for (const exchange of exchanges) delays.record(exchange);
  return delays.finish();
}

const owdOf = (figures: OneWayFigures): OneWayDelay => figures.owd as OneWayDelay;
const of = (distribution: Distribution | undefined): Distribution => distribution as Distribution;
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function extremesOf(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const median = ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
  return [sorted[0] as number, median, meanOf(values), sorted.at(-1) as number];
}

/** By how much the true delays are outside of what is told, at the worst. */
function worstExcess({ truths }: SimulatedSession, figures: OneWayFigures): number {
  const { up, down, uncertaintyNs } = owdOf(figures);
  const { low, high } = uncertaintyNs;
  const told = (found: Distribution): number[] => [found.minNs, found.medianNs, found.meanNs, found.maxNs];
  const beyond = (found: Distribution, truth: readonly number[], below: number, above: number): number[] =>
    told(found).map((value, i) => {
      const off = (truth[i] as number) - value;
      return Math.max(below - off, off - above);
    });
  const ups = extremesOf(truths.map((truth) => truth.up));
  const downs = extremesOf(truths.map((truth) => truth.down));
  return Math.max(...beyond(of(up), ups, low, high), ...beyond(of(down), downs, -high, -low));
}

const sumsUp = ({ exchanges }: SimulatedSession, figures: OneWayFigures): void => {
  const { up, down } = owdOf(figures);
  const roundTrips = exchanges.map(({ upNs, downNs }) => upNs + downNs);
  const mean = meanOf(roundTrips);
  expect([of(up).count, of(down).count]).toStrictEqual([exchanges.length, exchanges.length]);
  expect(Math.abs(of(up).meanNs + of(down).meanNs - mean)).toBeLessThanOrEqual(1e-3 + mean * 1e-9);
};

/** RFC 3550 over differences of transit times in order of arrival, which any constant offset leaves as they are. */
function jitterOf({ exchanges }: SimulatedSession, direction: 'upNs' | 'downNs'): number | undefined {
  const transits = [...exchanges].sort((a, b) => a.rank - b.rank).map((exchange) => exchange[direction]);
  const differences = transits.slice(1).map((transit, i) => Math.abs(transit - (transits[i] as number)));
  return differences.length === 0 ? undefined : differences.reduce((jitter, d) => jitter + (d - jitter) / 16, 0);
}

const variationsOf = ({ exchanges }: SimulatedSession, direction: 'upNs' | 'downNs'): number[] =>
  exchanges.flatMap((exchange, i) => {
    const previous = exchanges[i - 1];
    return previous?.index === exchange.index - 1 ? [exchange[direction] - previous[direction]] : [];
  });

const seeds = fc.integer();
const sessionOf = (seed: number, rest: Partial<World> = {}): SimulatedSession => {
  const random = seededRandom(seed);
  return simulate({ ...anyWorld(random, 1, 300), ...rest }, random);
};
const calm = (rest: Partial<World>): World => ({
  count: 600,
  spacingNs: 1e7,
  up: noisy(8e6, 1e5),
  down: noisy(3e6, 1e5),
  ...rest,
});
/** Steps longer than any round trip here, far enough from each other. */
const stepsOf = (random: () => number): { before: number; heightNs: number }[] =>
  [100, 350].slice(0, 1 + Math.floor(random() * 2)).map((first) => ({
    before: first + Math.floor(random() * 150),
    heightNs: (random() < 0.5 ? -1 : 1) * Math.round(between(random, 3e7, 1e12)),
  }));

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

describe('a queue that stands for longer than a window', () => {
  const full = noisy(105e6, 1e6);
  const idle = noisy(5e6, 1e5);
  it.each([
    ['after a quiet beginning', (i: number) => i >= 1000 && i < 9000, 0],
    // The first window knows nothing else: its values assume that the 100 ms are the path, half of them in each direction.
    ['from the beginning', (i: number) => i < 8000, 50e6],
    ['until the end', (i: number) => i >= 500, 0],
  ])('%s is told in its own direction and not in the other', (_, isFull, asideNs) => {
    const world = {
      count: 12_000,
      spacingNs: 1e7,
      offsetNs: 5e9,
      skew: 2e-5,
      up: (i: number, random: () => number) => (isFull(i) ? full : idle)(i, random),
      down: idle,
    };
    const { exchanges, truths } = simulate(world, seededRandom(4));
    const delays = new OneWayDelays({ claim: () => undefined, granularityNs: () => 1 });
    for (const exchange of exchanges) delays.record(exchange);
    const { owd, queueing, ipdv } = delays.finish();
    // A value is final when its window is.
    const { low, high } = (owd as OneWayDelay).uncertaintyNs;
    expect(Math.abs(((owd?.down?.minNs as number) - (owd?.up?.minNs as number)) / 2 - asideNs)).toBeLessThan(1e6);
    expect(5e6 - (owd?.up?.minNs as number)).toBeGreaterThan(low);
    expect(5e6 - (owd?.up?.minNs as number)).toBeLessThan(high);
    // While the directions disagree no skew is seen: 20 ppm over a window of 41 s are 0.8 ms.
    for (const side of ['up', 'down'] as const) {
      const smallest = Math.min(...truths.map((truth) => truth[side]));
      const sorted = truths.map((truth) => truth[side] - smallest).sort((a, b) => a - b);
      const told = queueing?.[side] as Distribution;
      expect(Math.abs(told.medianNs - (sorted[6000] as number))).toBeLessThan(1e6);
      expect(Math.abs((told.p99Ns as number) - (sorted[11_879] as number))).toBeLessThan(1e6);
    }
    expect(ipdv?.down?.maxNs).toBeLessThan(3e6);
  });
});

it.each([1e3, 1e6, 1e7])('a server that counts in %d ns neither seems to step nor makes an interval wrong', (grain) => {
  const random = seededRandom(grain);
  const world = { count: 200, spacingNs: 1e7, offsetNs: 3e12 + 123_456, up: noisy(4e5, 1e5), down: noisy(2e5, 1e5) };
  const { exchanges, truths, theta } = simulate(world, random);
  const delays = new OneWayDelays({ claim: () => undefined, granularityNs: () => grain });
  exchanges.forEach((exchange, i) => {
    const { t2, t3 } = truths[i] as (typeof truths)[number];
    // The server's readings, cut off to its grain.
    const upNs = Math.floor((t2 + theta(t2)) / grain) * grain - exchange.sentAt;
    const downNs = exchange.arrivedAt - Math.floor((t3 + theta(t3)) / grain) * grain;
    delays.record({ ...exchange, upNs, downNs });
  });
  const { owd } = delays.finish();
  expect(owd?.clock.steps).toBe(0);
  expect(owd?.clock.offsetLowNs).toBeLessThanOrEqual(theta(0));
  expect(owd?.clock.offsetHighNs).toBeGreaterThanOrEqual(theta(0));
});

describe('the listener', () => {
  type Heard = [index: number, upNs: number | undefined, downNs: number | undefined];

  function heardOf(exchanges: SimulatedSession['exchanges'], settledEvery = Number.POSITIVE_INFINITY) {
    const heard: Heard[] = [];
    const sources = { claim: () => undefined, granularityNs: () => 1 };
    const delays = new OneWayDelays(sources, (...told) => heard.push(told));
    const counts: number[] = [];
    exchanges.forEach((exchange, i) => {
      delays.record(exchange);
      if ((i + 1) % settledEvery === 0) delays.settle();
      counts.push(heard.length);
    });
    return { figures: delays.finish(), heard, counts };
  }

  const medianOf = (values: readonly (number | undefined)[]): number => extremesOf(values as number[])[1] as number;

  it.each([Number.POSITIVE_INFINITY, 100, 1])(
    'hears once of each exchange, in order, what the summary is made of: settled every %d',
    (every) => {
      fc.assert(
        fc.property(seeds, fc.constantFrom([], [{ before: 200, heightNs: 3e9 }]), (seed, steps) => {
          const random = seededRandom(seed);
          const { exchanges } = simulate(calm({ lossRatio: 0.1, skew: 5e-5, steps }), random);
          const { figures, heard } = heardOf(exchanges, every);
          const { up, down } = owdOf(figures);
          expect(heard.map(([index]) => index)).toStrictEqual(exchanges.map(({ index }) => index));
          expect(heard.every(([, upNs]) => Number.isInteger(upNs))).toBe(true);
          expect(heard.map(([, upNs = 0, downNs = 0]) => upNs + downNs)).toStrictEqual(
            exchanges.map(({ upNs, downNs }) => upNs + downNs),
          );
          expect(medianOf(heard.map(([, upNs]) => upNs))).toBe(of(up).medianNs);
          expect(medianOf(heard.map(([, , downNs]) => downNs))).toBe(of(down).medianNs);
        }),
        { numRuns: 20 },
      );
    },
  );

  it('hears of a window when it is full, and of all that is recorded when it asks', () => {
    const { exchanges } = simulate(calm({ count: 4100 }), seededRandom(1));
    // The last eighth of a window is fitted again with what follows.
    expect(heardOf(exchanges).counts.slice(4095, 4097)).toStrictEqual([0, 3584]);
    expect(heardOf(exchanges, 500).counts.slice(498, 501)).toStrictEqual([0, 500, 500]);
  });

  it('has the true delays within what is told, however often it asks', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 7, 64), (seed, every) => {
        const session = sessionOf(seed);
        expect(worstExcess(session, heardOf(session.exchanges, every).figures)).toBeLessThanOrEqual(2);
      }),
      { numRuns: 100 },
    );
  });

  it('hears undefined of those that nothing can be told of', () => {
    const random = seededRandom(5);
    const exchanges = Array.from({ length: 200 }, (_, index) => {
      const offset = Math.round(random() * 1e12);
      const sentAt = index * 1e7;
      return { index, rank: index, sentAt, arrivedAt: sentAt + 2e6, upNs: 1e6 + offset, downNs: 1e6 - offset };
    });
    const { heard } = heardOf(exchanges);
    expect(heard).toStrictEqual(exchanges.map(({ index }) => [index, undefined, undefined]));
  });
});

it('tells nothing of a clock that jumps all the time', () => {
  const random = seededRandom(5);
  const delays = new OneWayDelays({ claim: () => undefined, granularityNs: () => 1 });
  for (let index = 0; index < 200; index++) {
    const offset = Math.round(random() * 1e12);
    const sentAt = index * 1e7;
    delays.record({ index, rank: index, sentAt, arrivedAt: sentAt + 2e6, upNs: 1e6 + offset, downNs: 1e6 - offset });
  }
  expect(delays.finish()).toMatchObject({ owd: undefined, queueing: undefined, ipdv: undefined, pdv: undefined });
  expect(delays.hopeless).toBe(true);
});
