import { seededRandom } from '@pathgauge/testing';
import { milliseconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { ProbeSchedule } from './schedule';

const never = (): number => {
  throw new Error('no schedule of this kind draws');
};

const next = (schedule: ProbeSchedule): number => {
  const { due } = schedule;
  schedule.advance();
  return due;
};

const first = (count: number, schedule: ProbeSchedule): number[] => Array.from({ length: count }, () => next(schedule));

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
    const draws = [0.5, 0, 1 - 1 / Math.E, 0];
    const random = () => draws.shift() as number;
    const schedule = new ProbeSchedule(milliseconds(10), { kind: 'poisson', burst: 1 }, random);
    // ln 2 of an interval, none, one.
    const [start, half, none] = first(3, schedule);
    expect(start).toBe(0);
    expect(half).toBeCloseTo(Math.LN2 * 10e6, 5);
    expect(none).toBe(half);
    expect(schedule.due).toBeCloseTo((1 + Math.LN2) * 10e6, 5);
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

  describe('of a host that was held up', () => {
    const even = (burst = 1) =>
      new ProbeSchedule(milliseconds(20), { kind: burst > 1 ? 'burst' : 'even', burst }, never);
    const ms = milliseconds;

    it.each([
      // What is due, and what was sent before, when the host wakes, how many are passed over, what is due then.
      ['on time', even(), 1, ms(20), 0, ms(20)],
      ['late by what is made up for', even(), 3, ms(65), 0, ms(60)],
      ['late, with nothing due behind it', even(), 3, ms(79), 0, ms(60)],
      // Due at 60, 80, 100, ..., 1000 ms: of those the last is sent.
      ['late by many', even(), 3, ms(1001), 47, ms(1000)],
      ['late by many, the last but one just in time', even(), 3, ms(1000), 47, ms(1000)],
      // Three of a burst at 40 ms, all of those behind it up to 980 ms, none of that at 1000 ms.
      ['late in the middle of a burst', even(4), 9, ms(1001), 3 + 47 * 4, ms(1000)],
      ['late in the last burst', even(4), 9, ms(59), 0, ms(40)],
    ])('%s', (_, schedule, sent, now, passed, due) => {
      first(sent, schedule);
      expect(schedule.passOver(now)).toBe(passed);
      expect(schedule.due).toBe(due);
      expect(schedule.passOver(now)).toBe(0);
    });

    it('makes up for five milliseconds of a quick schedule', () => {
      const schedule = new ProbeSchedule(ms(1), { kind: 'even', burst: 1 }, never);
      expect(schedule.passOver(ms(100))).toBe(95);
      expect(schedule.due).toBe(ms(95));
    });

    it('passes over a day of microseconds at once', () => {
      const day = ms(86_400_000);
      const quick = new ProbeSchedule(ms(0.001), { kind: 'even', burst: 1 }, never);
      expect(quick.passOver(day)).toBe(86_400e6 - 5_000);
      const random = seededRandom(3);
      const poisson = new ProbeSchedule(ms(0.001), { kind: 'poisson', burst: 1 }, random);
      const passed = poisson.passOver(day);
      // Its standard deviation is the root of that: 300,000.
      expect(Math.abs(passed - (86_400e6 - 5_000))).toBeLessThan(2e6);
      expect(poisson.due).toBeGreaterThanOrEqual(day - ms(5));
    });

    it('sends the latest of a random schedule', () => {
      const dues = first(2_000, new ProbeSchedule(ms(10), { kind: 'poisson', burst: 1 }, seededRandom(5)));
      for (let i = 10; i < 1_900; i += 97) {
        const schedule = new ProbeSchedule(ms(10), { kind: 'poisson', burst: 1 }, seededRandom(5));
        const now = span((dues[i] as number) + 1);
        const behind = dues.findIndex((due) => due >= now - ms(5));
        expect(schedule.passOver(now)).toBe(Math.min(behind, i));
        expect(schedule.due).toBe(dues[Math.min(behind, i)]);
      }
    });

    it('tells how many were due until the end', () => {
      const schedule = even(4);
      first(9, schedule);
      // Three of the burst at 40 ms, and those of 60 and 80 ms.
      expect(schedule.passOverAll(ms(100), Number.POSITIVE_INFINITY)).toBe(11);
      expect(schedule.passOverAll(ms(100), Number.POSITIVE_INFINITY)).toBe(0);
      expect(even().passOverAll(ms(100), 2)).toBe(2);
      const dues = first(100, new ProbeSchedule(ms(10), { kind: 'poisson', burst: 1 }, seededRandom(5)));
      const poisson = new ProbeSchedule(ms(10), { kind: 'poisson', burst: 1 }, seededRandom(5));
      expect(poisson.passOverAll(ms(300), 1e9)).toBe(dues.filter((due) => due < 300e6).length);
    });
  });
});
