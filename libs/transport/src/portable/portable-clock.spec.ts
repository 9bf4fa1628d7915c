import { WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { PortableClock } from './portable-clock';

afterEach(() => jest.restoreAllMocks());

/** Wall time of the clock's now, in milliseconds. */
const wallMs = (clock: PortableClock): number => {
  const wall = { seconds: 0, nanoseconds: 0 };
  new WallMap(clock.anchor()).toWall(clock.now(), wall);
  return wall.seconds * 1e3 + wall.nanoseconds / 1e6;
};

/** A system whose clocks are known: each reading takes the next of `costsNs`, and the wall is ahead of the monotonic clock. */
function simulate(aheadNs: bigint, costsNs: readonly number[]): { stepBy(ns: bigint): void } {
  let monotonicNs = 0n;
  let reads = 0;
  let ahead = aheadNs;
  const pass = (): void => {
    monotonicNs += BigInt(costsNs[reads++ % costsNs.length] as number);
  };
  jest.spyOn(performance, 'now').mockImplementation(() => {
    pass();
    return Number(monotonicNs) / 1e6;
  });
  jest.spyOn(Date, 'now').mockImplementation(() => {
    pass();
    return Number((monotonicNs + ahead) / 1_000_000n);
  });
  return {
    stepBy(ns) {
      ahead += ns;
    },
  };
}

describe('PortableClock', () => {
  it('agrees with Date.now within its own error and the millisecond that Date.now does not tell', () => {
    const clock = new PortableClock();
    const errorMs = clock.anchor().errorNs / 1e6;
    const before = Date.now();
    const wall = wallMs(clock);
    const after = Date.now();
    expect(wall).toBeGreaterThanOrEqual(before - errorMs);
    expect(wall).toBeLessThanOrEqual(after + 1 + errorMs);
  });

  it('never goes back, and counts in whole nanoseconds', () => {
    const clock = new PortableClock();
    const readings = Array.from({ length: 10_000 }, () => clock.now());
    expect(readings.every((now, i) => i === 0 || now >= (readings[i - 1] as number))).toBe(true);
    expect(readings.every(Number.isInteger)).toBe(true);
  });

  // The first look at Date.now comes before the reading that is to lie ahead of it: an edge between the two is missed.
  it('is anchored to the true wall time, within the error that it claims', () => {
    const costs = fc.array(fc.integer({ min: 50, max: 400_000 }), { minLength: 3, maxLength: 40 });
    const ahead = fc.bigInt({ min: 1_000_000_000_000_000_000n, max: 2_000_000_000_000_000_000n });
    fc.assert(
      fc.property(ahead, costs, (aheadNs, costsNs) => {
        simulate(aheadNs, costsNs);
        const clock = new PortableClock();
        // The clock took its origin at the first reading.
        const truth = aheadNs + BigInt(costsNs[0] as number);
        const { seconds, nanoseconds, errorNs } = clock.anchor();
        jest.restoreAllMocks();
        const off = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds) - truth;
        // Two nanoseconds for the rounding of the readings.
        expect(Math.abs(Number(off))).toBeLessThanOrEqual(errorNs + 2);
        expect(nanoseconds).toBeGreaterThanOrEqual(0);
        expect(nanoseconds).toBeLessThan(1e9);
      }),
    );
  });

  it('keeps its anchor until the wall clock steps, then finds the new one', () => {
    const system = simulate(1_700_000_000_000_000_000n, [700]);
    const clock = new PortableClock();
    const anchor = clock.anchor();
    expect(clock.anchor()).toBe(anchor);
    system.stepBy(3_600_000_000_000n);
    expect(clock.anchor().seconds - anchor.seconds).toBe(3600);
    system.stepBy(-7_200_000_000_000n);
    expect(clock.anchor().seconds - anchor.seconds).toBe(-3600);
  });
});
