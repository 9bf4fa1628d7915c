import { type SimulatedSession, seededRandom, simulate } from '@pathgauge/testing';
import fc from 'fast-check';
import { calm, extremesOf, of, owdOf, seeds, sessionOf, worstExcess } from '../../test/one-way-runs';
import { OneWayDelays } from './one-way-delays';

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
