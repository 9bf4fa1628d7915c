import { WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { describeHere } from '../../test/linux/altered-native';
import { ScriptedNative } from '../../test/linux/scripted-native';
import { LinuxClock } from './linux-clock';

const MS = 1_000_000;
const SECOND = 1_000_000_000n;

/** A clock whose readings cost nothing, so that all it says can be calculated. */
function exactClock(monotonicNs: bigint, aheadNs: bigint, originSeconds?: number) {
  const native = new ScriptedNative();
  native.costNs = 0;
  native.monotonicNs = monotonicNs;
  native.aheadNs = aheadNs;
  return { native, clock: new LinuxClock(native, originSeconds) };
}

/** A kernel timestamp of the system's present moment. */
const stamp = ({ monotonicNs, aheadNs }: ScriptedNative): [seconds: number, nanoseconds: number] => {
  const wall = monotonicNs + aheadNs;
  return [Number(wall / SECOND), Number(wall % SECOND)];
};

describe('now', () => {
  it('counts from the second that it was made in', () => {
    const { clock, native } = exactClock(123n * SECOND + 777n, 0n);
    expect(clock.originSeconds).toBe(123);
    expect(clock.now()).toBe(777);
    native.pass(1.5e9);
    expect(clock.now()).toBe(1_500_000_777);
  });

  it('counts from the second that it was given', () => {
    const { clock } = exactClock(123n * SECOND + 777n, 0n, 120);
    expect(clock.originSeconds).toBe(120);
    expect(clock.now()).toBe(3_000_000_777);
  });

  it('is exact after a hundred days', () => {
    const { clock, native } = exactClock(5n * SECOND, 0n);
    native.monotonicNs += 100n * 86_400n * SECOND + 1n;
    expect(clock.now()).toBe(8_640_000_000_000_001);
  });
});

describe('isSteady', () => {
  it('is true as long as nothing but time passes', () => {
    const native = new ScriptedNative();
    const clock = new LinuxClock(native);
    for (let i = 0; i < 1_000; i++) {
      native.pass(i * MS);
      expect(clock.isSteady()).toBe(true);
    }
    expect(clock.steps).toBe(0);
  });

  it('is true when it was interrupted between its readings, whichever it was', () => {
    for (let interrupted = 0; interrupted < 20; interrupted++) {
      const native = new ScriptedNative();
      const clock = new LinuxClock(native);
      native.nextCostsNs = [...Array.from({ length: interrupted }, () => 40), MS];
      for (let i = 0; i < 5; i++) expect(clock.isSteady()).toBe(true);
      expect(clock.steps).toBe(0);
    }
  });

  it('is true when readings cost what they cost as a rule', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 15, max: 2_000 }), { maxLength: 200 }), (costs) => {
        const native = new ScriptedNative();
        native.nextCostsNs = costs;
        const clock = new LinuxClock(native);
        for (let i = 0; i < 30; i++) expect(clock.isSteady()).toBe(true);
        expect(clock.steps).toBe(0);
      }),
    );
  });

  it.each([1e9, -1e9, 20_000, -20_000, 3_600e9, -86_400e9, 1e9 - 1, 37e9])(
    'is false for ten milliseconds after a step by %d ns, which is counted once',
    (byNs) => {
      const native = new ScriptedNative();
      const clock = new LinuxClock(native);
      native.aheadNs += BigInt(byNs);
      const steadiness = (): boolean[] =>
        [0, 9 * MS, 2 * MS].map((passNs) => {
          native.pass(passNs);
          return clock.isSteady();
        });
      expect(steadiness()).toStrictEqual([false, false, true]);
      expect(clock.steps).toBe(1);
      native.aheadNs -= BigInt(byNs);
      expect(steadiness()).toStrictEqual([false, false, true]);
      expect(clock.steps).toBe(2);
    },
  );

  it.each([1_000, -1_000, 3_000, -3_000])('does not take %d ns for a step', (byNs) => {
    const native = new ScriptedNative();
    const clock = new LinuxClock(native);
    native.aheadNs += BigInt(byNs);
    expect(clock.isSteady()).toBe(true);
    expect(clock.steps).toBe(0);
  });

  it('is noticed in an interrupted reading too', () => {
    const native = new ScriptedNative();
    const clock = new LinuxClock(native);
    native.aheadNs -= SECOND;
    native.nextCostsNs = [40, MS, MS, MS, MS];
    expect(clock.isSteady()).toBe(false);
    native.pass(20 * MS);
    expect(clock.isSteady()).toBe(true);
    expect(clock.steps).toBe(1);
  });
});

describe('fromKernel', () => {
  it('is the instant of the moment that was stamped, on either side of a second', () => {
    const { clock, native } = exactClock(500n * SECOND + 999_999_000n, 1_700_000_000_000_000_300n);
    for (let i = 0; i < 20; i++) {
      expect(clock.fromKernel(...stamp(native))).toBe(clock.now());
      native.pass(100);
    }
  });

  it('is the instant of any moment, however the two clocks stand', () => {
    const ahead = fc.bigInt({ min: 0n, max: 4_000_000_000n * SECOND });
    const at = fc.bigInt({ min: 0n, max: 1_000_000n * SECOND });
    fc.assert(
      fc.property(ahead, at, fc.bigInt({ min: 0n, max: 86_400n * SECOND }), (aheadNs, monotonicNs, later) => {
        const { clock, native } = exactClock(monotonicNs, aheadNs);
        native.monotonicNs += later;
        expect(clock.fromKernel(...stamp(native))).toBe(clock.now());
      }),
    );
  });

  it('is right within the error that the anchor claims, whatever readings cost', () => {
    const costs = fc.array(fc.integer({ min: 10, max: 5_000 }), { minLength: 30, maxLength: 60 });
    fc.assert(
      fc.property(costs, (costsNs) => {
        const native = new ScriptedNative();
        native.nextCostsNs = [...costsNs];
        const clock = new LinuxClock(native);
        native.nextCostsNs = [];
        native.costNs = 0;
        const { errorNs } = clock.anchor();
        expect(Math.abs(clock.fromKernel(...stamp(native)) - clock.now())).toBeLessThanOrEqual(errorNs + 1);
        expect(errorNs).toBeLessThanOrEqual(5_000);
      }),
    );
  });

  it('takes the shortest of its brackets', () => {
    const native = new ScriptedNative();
    // Three readings each: a bracket is as long as its second and third take. The third of the eight is the shortest, 800 ns.
    native.nextCostsNs = [4_000, 4_000, 400, 4_000, 4_000, 4_000, 4_000, 4_000].flatMap((cost) => [40, cost, cost]);
    expect(new LinuxClock(native, 0).anchor().errorNs).toBe(400);
  });

  it('is right again once a step was noticed', () => {
    const { clock, native } = exactClock(77n * SECOND + 5n, 1_700_000_000n * SECOND);
    native.aheadNs -= 1_234_567_891n;
    native.pass(3);
    expect(clock.fromKernel(...stamp(native))).toBe(clock.now() - 1_234_567_891);
    expect(clock.isSteady()).toBe(false);
    expect(clock.fromKernel(...stamp(native))).toBe(clock.now());
  });
});

describe('anchor', () => {
  it('says what the wall clock says', () => {
    const { clock, native } = exactClock(77n * SECOND + 5n, 1_700_000_000_987_654_321n, 70);
    for (const aheadNs of [native.aheadNs, native.aheadNs + 3_600n * SECOND, 12n * SECOND - 1n]) {
      native.aheadNs = aheadNs;
      const wall = { seconds: 0, nanoseconds: 0 };
      new WallMap(clock.anchor()).toWall(clock.now(), wall);
      expect([wall.seconds, wall.nanoseconds]).toStrictEqual(stamp(native));
    }
    expect(clock.steps).toBe(2);
  });

  // adjtimex(2): TIME_OK 0 to TIME_WAIT 4 are answers, 5 is TIME_ERROR; STA_PLL 1, STA_UNSYNC 0x40, STA_NANO 0x2000.
  it.each([
    ['a synchronised clock', 0, 0x2001, 1_500n, 1_500_000],
    ['one with a leap second ahead', 1, 0x2011, 16n, 16_000],
    ['one that waits after a leap second', 4, 0x2001, 7n, 7_000],
    ['one that is exact', 0, 0x2001, 0n, 0],
    ['one that nobody synchronises', 0, 0x40, 16_000_000n, undefined],
    ['one in error', 5, 0x2001, 1_500n, undefined],
    ['one in error and not synchronised', 5, 0x2041, 1_500n, undefined],
    ['one that may not be asked about', -1, 0x2001, 1_500n, undefined],
    ['a call that is not there', -38, 0, 0n, undefined],
  ])('of %s', (_, result, status, maxErrorUs, expected) => {
    const { clock, native } = exactClock(SECOND, SECOND);
    native.timex = { result, status, maxErrorUs };
    expect(clock.anchor().synchronisedToNs).toBe(expected);
    clock.anchor();
    // It only asks: modes of other than 0 would set the clock.
    expect(native.timexModes).toStrictEqual([0, 0]);
  });
});

describeHere('the clock of this host', (native) => {
  it('never goes back, and agrees with Date.now', () => {
    const clock = new LinuxClock(native);
    let last = clock.now();
    for (let i = 0; i < 10_000; i++) {
      const now = clock.now();
      expect(now >= last && Number.isInteger(now)).toBe(true);
      last = now;
    }
    const wall = { seconds: 0, nanoseconds: 0 };
    const { errorNs, ...anchor } = clock.anchor();
    const before = Date.now();
    new WallMap({ errorNs, ...anchor }).toWall(clock.now(), wall);
    const ms = wall.seconds * 1e3 + wall.nanoseconds / 1e6;
    expect(ms).toBeGreaterThanOrEqual(before - errorNs / 1e6);
    expect(ms).toBeLessThanOrEqual(Date.now() + 1 + errorNs / 1e6);
    expect(clock.steps).toBe(0);
  });
});
