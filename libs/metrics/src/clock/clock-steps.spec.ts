import {
  anyDelay,
  anyWorld,
  constant,
  type Delay,
  noisy,
  sawtooth,
  seededRandom,
  simulate,
  type World,
} from '@pathgauge/testing';
import fc from 'fast-check';
import { StepFinder } from './clock-steps';
import { type Exchange, Exchanges } from './exchanges';

const columnsOf = (exchanges: readonly Exchange[]): Exchanges => {
  const columns = new Exchanges(exchanges.length);
  for (const exchange of exchanges) columns.push(exchange);
  return columns;
};

/** 100 exchanges 10 ms apart, with 0.2 ms of noise above what the ways take. */
const session = (rest: Partial<World>): World => ({
  count: 100,
  spacingNs: 1e7,
  up: (_, random) => 12e6 + 2e5 * random(),
  down: (_, random) => 5e6 + 2e5 * random(),
  offsetNs: 4e11,
  ...rest,
});

/** Standard normal: Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Among these exchanges alone, as if nothing else had ever been seen. */
function stepWithin(columns: Exchanges, from: number, to: number): number | undefined {
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = from; i < to; i++) shortest = Math.min(shortest, columns.roundTrip(i));
  return new StepFinder(columns.length).find(columns, from, to, shortest, 1);
}

const stepIn = (world: World, seed: number): number | undefined => {
  const { exchanges } = simulate(world, seededRandom(seed));
  return stepWithin(columnsOf(exchanges), 0, exchanges.length);
};

/** `low` before exchange `at`, `high` from there on. */
const changing =
  (low: Delay, high: Delay, at: number): Delay =>
  (i, random) =>
    (i < at ? low : high)(i, random);

const seeds = fc.integer();
const never = (worldOf: (seed: number) => World, numRuns = 200): void =>
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(stepIn(worldOf(seed), seed)).toBeUndefined();
    }),
    { numRuns },
  );

describe('StepFinder', () => {
  it('finds a step of 5 ms where it is', () => {
    const heights = fc.constantFrom(5e6, -5e6, 4e7, -3e9, 8e12);
    const skews = fc.double({ min: -5e-4, max: 5e-4, noNaN: true });
    fc.assert(
      fc.property(seeds, heights, skews, fc.integer({ min: 20, max: 80 }), (seed, heightNs, skew, before) => {
        expect(stepIn(session({ skew, steps: [{ before, heightNs }] }), seed)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });

  it('finds it in a part, told by its place in the whole', () => {
    const { exchanges } = simulate(session({ steps: [{ before: 50, heightNs: 5e6 }] }), seededRandom(3));
    const columns = columnsOf(exchanges);
    expect(stepWithin(columns, 30, 90)).toBe(50);
    expect(stepWithin(columns, 0, 50)).toBeUndefined();
    expect(stepWithin(columns, 50, 100)).toBeUndefined();
  });

  it('needs 8 exchanges', () => {
    const { exchanges } = simulate(session({ steps: [{ before: 4, heightNs: 5e9 }] }), seededRandom(3));
    const columns = columnsOf(exchanges);
    expect(stepWithin(columns, 0, 7)).toBeUndefined();
    expect(stepWithin(columns, 0, 8)).toBe(4);
    expect(stepWithin(columns, 0, 0)).toBeUndefined();
  });

  it.each([-4e6, 3e6, 2e7, 1e9])('does not take a route of another length in one direction for one: %d ns', (by) => {
    const at = (seed: number) => 10 + (Math.abs(seed) % 80);
    const route = (floor: number) => noisy(floor, 1e5);
    never((seed) => session({ up: changing(route(12e6), route(12e6 + by), at(seed)) }), 100);
    never((seed) => session({ down: changing(route(5e6), route(5e6 + by), at(seed)) }), 100);
  });

  it.each([5e-4, -1e-3])('does not take skew for one: %d', (skew) => {
    never(() => session({ skew }), 100);
    never(() => session({ skew, up: constant(12e6), down: constant(5e6), spacingNs: 1e9 }), 2);
  });

  it('does not take the queue of one direction for one', () => {
    never((seed) => {
      const period = 5 + (Math.abs(seed) % 90);
      return session({ up: sawtooth(12e6, 2e8, period) });
    });
    never((seed) => session({ down: changing(noisy(5e6, 1e5), sawtooth(5e6, 2e8, 7), Math.abs(seed) % 100) }));
  });

  // 20 exchanges of an idle path, then a full uplink, then a full downlink: round trips alike, midpoints 100 ms apart.
  it('does not take one full direction after the other for one, when it has seen the idle path', () => {
    const full = noisy(1.05e8, 1e6);
    never(() =>
      session({
        up: changing(noisy(5e6, 1e5), changing(full, noisy(5e6, 1e5), 60), 20),
        down: changing(noisy(5e6, 1e5), full, 60),
      }),
    );
  });

  it('does not take an outage for one, while the clocks drift', () => {
    never((seed) => {
      const skew = ((seed % 1000) / 1000) * 1e-3;
      return session({ skew, count: 300, lossRatio: 0.97 });
    });
  });

  it('does not take a clock whose rate changes for one', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: -1e-4, max: 1e-4, noNaN: true }), (seed, change) => {
        const world = session({ spacingNs: 1e9, up: noisy(12e6, 1e4), down: noisy(5e6, 1e4) });
        const bent = simulate(world, seededRandom(seed)).exchanges.map((exchange, i) => {
          const gained = Math.round(change * 1e9 * Math.max(0, i - 50));
          return { ...exchange, upNs: exchange.upNs + gained, downNs: exchange.downNs - gained };
        });
        expect(stepWithin(columnsOf(bent), 0, bent.length)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  // What a jittery clock adds to one way it takes from the other: round trips hardly show it, the scatter of midpoints does.
  it('does not take noise that the round trips hide for one', () => {
    const isFalse = (seed: number): boolean => {
      const random = seededRandom(seed);
      const hidden = Array.from({ length: 100 }, () => 1e5 * normal(random));
      const up: Delay = (i) => 1e6 + (hidden[i] as number);
      const down: Delay = (i) => 1e6 - (hidden[i] as number) + 2e3 * normal(random);
      return stepIn(session({ up, down }), ~seed) !== undefined;
    };
    const runs = Array.from({ length: 300 }, (_, seed) => seed);
    expect(runs.filter(isFalse)).toHaveLength(0);
  });

  it('finds none where there is none, whatever the network does', () => {
    never((seed) => anyWorld(seededRandom(~seed), 8, 300), 400);
    never((seed) => {
      const random = seededRandom(~seed);
      return { ...anyWorld(random, 8, 20), up: anyDelay(random), down: anyDelay(random) };
    }, 1000);
  });
});
