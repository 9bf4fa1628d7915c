import { seededRandom } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import fc from 'fast-check';
import { ProbeSchedule } from './schedule';

const never = (): number => {
  throw new Error('no schedule of this kind draws');
};

const first = (count: number, schedule: ProbeSchedule): number[] =>
  Array.from({ length: count }, () => schedule.next());

describe('ProbeSchedule', () => {
  it('is even: the first at once, then one each interval, without a rounding error that grows', () => {
    const schedule = new ProbeSchedule(milliseconds(20), { kind: 'even', burst: 1 }, never);
    expect(first(4, schedule)).toStrictEqual([0, 20e6, 40e6, 60e6]);
    const uneven = new ProbeSchedule(milliseconds(1 / 3), { kind: 'even', burst: 1 }, never);
    expect(first(3_000_001, uneven).at(-1)).toBe(3_000_000 * milliseconds(1 / 3));
  });

  it('has so many of a burst together, one burst each interval', () => {
    const schedule = new ProbeSchedule(milliseconds(10), { kind: 'burst', burst: 3 }, never);
    expect(first(7, schedule)).toStrictEqual([0, 0, 0, 10e6, 10e6, 10e6, 20e6]);
  });

  it('is a Poisson process: the first at once, gaps that are exponential', () => {
    const due = first(10_001, new ProbeSchedule(milliseconds(10), { kind: 'poisson', burst: 1 }, seededRandom(7)));
    const gaps = due.slice(1).map((each, i) => each - (due[i] as number));
    expect(due[0]).toBe(0);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(Math.abs(mean / 10e6 - 1)).toBeLessThan(0.05);
    // Of an exponential distribution a share of 1 / e lies above the mean and of e^-3 above three of it.
    const above = (times: number) => gaps.filter((gap) => gap > times * 10e6).length / gaps.length;
    expect(Math.abs(above(1) - Math.exp(-1))).toBeLessThan(0.015);
    expect(Math.abs(above(3) - Math.exp(-3))).toBeLessThan(0.008);
    // Its standard deviation is its mean.
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.abs(Math.sqrt(variance) / mean - 1)).toBeLessThan(0.05);
    // Gaps do not depend on the one before.
    const covariance = gaps.slice(1).reduce((sum, gap, i) => sum + (gap - mean) * ((gaps[i] as number) - mean), 0);
    expect(Math.abs(covariance / gaps.length / variance)).toBeLessThan(0.05);
  });

  it('draws -ln(1 - u) intervals', () => {
    const draws = [0.5, 0, 1 - 1 / Math.E];
    const random = () => draws.shift() as number;
    const schedule = new ProbeSchedule(milliseconds(10), { kind: 'poisson', burst: 1 }, random);
    // ln 2 of an interval, none, one.
    const [start, half, none] = first(3, schedule);
    expect(start).toBe(0);
    expect(half).toBeCloseTo(Math.LN2 * 10e6, 5);
    expect(none).toBe(half);
    draws.push(0);
    expect(schedule.next()).toBeCloseTo((1 + Math.LN2) * 10e6, 5);
  });

  it('never goes back, and stays finite, whatever is drawn', () => {
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const schedules = fc.oneof(
      fc.constant({ kind: 'even', burst: 1 } as const),
      fc.constant({ kind: 'poisson', burst: 1 } as const),
      fc.integer({ min: 1, max: 1000 }).map((burst) => ({ kind: 'burst', burst }) as const),
    );
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 10e9 }), fc.infiniteStream(draw), (kind, interval, draws) => {
        const random = () => draws.next().value as number;
        const due = first(50, new ProbeSchedule(milliseconds(interval / 1e6), kind, random));
        expect(due).toStrictEqual([...due].sort((a, b) => a - b));
        expect(due.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
