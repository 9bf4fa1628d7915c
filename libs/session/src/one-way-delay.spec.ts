import { ClockBounds, DelayDistribution } from '@pathgauge/metrics';
import type { OneWayDelay } from '@pathgauge/result';
import fc from 'fast-check';
import { type ClockKnowledge, offsetOf, oneWayDelay } from './one-way-delay';

/** An exchange: the true delays of its two ways. */
type Exchange = readonly [upNs: number, downNs: number];

/** What a session would know whose server clock is ahead by `truthNs`. */
function session(truthNs: number, exchanges: readonly Exchange[], host: Partial<ClockKnowledge> = {}) {
  const bounds = new ClockBounds();
  const up = new DelayDistribution();
  const down = new DelayDistribution();
  for (const [upNs, downNs] of exchanges) {
    bounds.record(upNs + truthNs, downNs - truthNs);
    up.record(upNs + truthNs);
    down.record(downNs - truthNs);
  }
  return { up, down, clocks: { bounds, sameHost: false, anchorErrorNs: 0, ...host } };
}

const delay = fc.nat(1e11);
const offset = fc.integer({ min: -1e13, max: 1e13 });
const exchanges = fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 20 });

const least = (values: readonly number[]): number => Math.min(...values);

describe('one-way delay between hosts', () => {
  it('is worked out by hand', () => {
    // Server 1000 ahead; least delays 10 up and 30 down, so 970 <= offset <= 1010 and the middle is 990: 10 too low.
    const { up, down, clocks } = session(1000, [
      [10, 50],
      [40, 30],
    ]);
    const owd = oneWayDelay(up, down, clocks);
    expect(owd).toMatchObject({
      basis: 'bounds',
      up: { minNs: 20, maxNs: 50 },
      down: { minNs: 20, maxNs: 40 },
      uncertaintyNs: { low: -20, high: 20 },
      clock: { offsetNs: 990, offsetLowNs: 970, offsetHighNs: 1010, skewPpm: undefined, steps: undefined },
    });
  });

  it('holds the true offset and the true delays in its interval, however unlike the two ways are', () => {
    fc.assert(
      fc.property(offset, exchanges, (truth, all) => {
        const { up, down, clocks } = session(truth, all);
        const { basis, lowNs, highNs } = offsetOf(clocks) as NonNullable<ReturnType<typeof offsetOf>>;
        expect(basis).toBe('bounds');
        expect(lowNs).toBeLessThanOrEqual(truth);
        expect(highNs).toBeGreaterThanOrEqual(truth);
        const owd = oneWayDelay(up, down, clocks) as OneWayDelay;
        const { low, high } = owd.uncertaintyNs;
        const trueUp = least(all.map(([each]) => each));
        const trueDown = least(all.map(([, each]) => each));
        expect(trueUp).toBeGreaterThanOrEqual((owd.up?.minNs as number) + low);
        expect(trueUp).toBeLessThanOrEqual((owd.up?.minNs as number) + high);
        expect(trueDown).toBeGreaterThanOrEqual((owd.down?.minNs as number) - high);
        expect(trueDown).toBeLessThanOrEqual((owd.down?.minNs as number) - low);
        // Equal minimum delays are what the values assume.
        expect(owd.up?.minNs).toBe(owd.down?.minNs);
      }),
    );
  });

  it('adds up to the round trip, whatever the offset', () => {
    fc.assert(
      fc.property(offset, delay, delay, (truth, upNs, downNs) => {
        const { up, down, clocks } = session(truth, [[upNs, downNs]]);
        const owd = oneWayDelay(up, down, clocks);
        expect((owd?.up?.meanNs as number) + (owd?.down?.meanNs as number)).toBeCloseTo(upNs + downNs, 1);
      }),
    );
  });
});

describe('one-way delay on one host', () => {
  const sameHost = { sameHost: true, anchorErrorNs: 500 };

  it('trusts the one clock as far as its anchors', () => {
    // The anchors differ by 200: bounds are 200 + 9000 and 200 - 8000, the anchors' error is narrower.
    const { up, down, clocks } = session(200, [[9000, 8000]], sameHost);
    expect(oneWayDelay(up, down, clocks)).toMatchObject({
      basis: 'same-clock',
      up: { medianNs: 9200 },
      down: { medianNs: 7800 },
      uncertaintyNs: { low: -500, high: 500 },
      clock: { offsetNs: 0, offsetLowNs: -500, offsetHighNs: 500 },
    });
  });

  it('narrows the interval by what the exchanges prove', () => {
    // 300 <= offset <= 420 by the exchange: 0 is not possible, 300 is nearest to it.
    const { up, clocks } = session(400, [[20, 100]], sameHost);
    expect(offsetOf(clocks)).toStrictEqual({ basis: 'same-clock', valueNs: 300, lowNs: 300, highNs: 420 });
    // A larger offset is a shorter way up: up by 120 less at the most, and never more.
    expect(oneWayDelay(up, undefined, clocks)?.uncertaintyNs).toStrictEqual({ low: -120, high: 0 });
  });

  it('claims one clock only where no exchange contradicts it, and holds the truth either way', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5000, max: 5000 }), exchanges, fc.nat(4000), (truth, all, anchorErrorNs) => {
        const { clocks } = session(truth, all, { sameHost: true, anchorErrorNs });
        const found = offsetOf(clocks) as NonNullable<ReturnType<typeof offsetOf>>;
        const low = truth - least(all.map(([, each]) => each));
        const high = truth + least(all.map(([each]) => each));
        expect(found.basis).toBe(low > anchorErrorNs || high < -anchorErrorNs ? 'bounds' : 'same-clock');
        expect(found.valueNs).toBeGreaterThanOrEqual(found.lowNs);
        expect(found.valueNs).toBeLessThanOrEqual(found.highNs);
        if (Math.abs(truth) > anchorErrorNs && found.basis === 'same-clock') return;
        expect(found.lowNs).toBeLessThanOrEqual(truth);
        expect(found.highNs).toBeGreaterThanOrEqual(truth);
      }),
    );
  });
});

describe('no one-way delay', () => {
  it('before an exchange', () => {
    expect(oneWayDelay(new DelayDistribution(), undefined, session(0, []).clocks)).toBeUndefined();
    expect(offsetOf(session(0, [], { sameHost: true, anchorErrorNs: 1e6 }).clocks)).toBeUndefined();
  });

  it('when the clocks moved against each other', () => {
    const { up, down, clocks } = session(0, [[10, 10]], { sameHost: true, anchorErrorNs: 1e6 });
    clocks.bounds.record(1_000_010, -999_990);
    expect(oneWayDelay(up, down, clocks)).toBeUndefined();
  });

  it('when neither way is measured, though one is enough', () => {
    const { up, down, clocks } = session(5, [[10, 10]]);
    expect(oneWayDelay(undefined, undefined, clocks)).toBeUndefined();
    expect(oneWayDelay(new DelayDistribution(), undefined, clocks)).toBeUndefined();
    expect(oneWayDelay(up, undefined, clocks)).toMatchObject({ up: { count: 1 }, down: undefined });
    expect(oneWayDelay(undefined, down, clocks)).toMatchObject({ up: undefined, down: { count: 1 } });
  });
});
