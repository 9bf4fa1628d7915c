import type { Distribution, OneWayDelay } from '@pathgauge/result';
import { noisy, seededRandom, simulate } from '@pathgauge/testing';
import { OneWayDelays } from './one-way-delays';

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
