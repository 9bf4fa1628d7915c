import fc from 'fast-check';
import { ClockBounds } from './clock-bounds';

/** Exchanges of [offset of the server's clock, true delay up, true delay down]. */
const boundsOf = (exchanges: readonly (readonly [number, number, number])[]): ClockBounds => {
  const bounds = new ClockBounds();
  for (const [offset, up, down] of exchanges) bounds.record(up + offset, down - offset);
  return bounds;
};

const delay = fc.nat(1e12);
const offset = fc.integer({ min: -1e15, max: 1e15 });

describe('ClockBounds', () => {
  it('has no answer before the first exchange', () => {
    const bounds = new ClockBounds();
    expect(bounds.exchanges).toBe(0);
    expect(bounds.contradictory).toBe(false);
    expect(bounds.snapshot()).toBeUndefined();
  });

  it('takes each end from the exchange that proves most', () => {
    // Server 1000 ahead. T2-T1: 1030, 1005, 1050; T4-T3: -990, -920, -998. So offset <= 1005 and offset >= 998.
    const bounds = boundsOf([
      [1000, 30, 10],
      [1000, 5, 80],
      [1000, 50, 2],
    ]);
    expect(bounds.snapshot()).toStrictEqual({ lowNs: 998, highNs: 1005 });
    expect(bounds.exchanges).toBe(3);
  });

  it('answers after one exchange, its width the round trip', () => {
    expect(boundsOf([[-500, 30, 10]]).snapshot()).toStrictEqual({ lowNs: -510, highNs: -470 });
  });

  it('pins the offset when both ways took no time', () => {
    expect(boundsOf([[7, 0, 0]]).snapshot()).toStrictEqual({ lowNs: 7, highNs: 7 });
  });

  it('contains the true offset and is as wide as the two smallest delays', () => {
    const delays = fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(offset, delays, (truth, exchanges) => {
        const bounds = boundsOf(exchanges.map(([up, down]) => [truth, up, down] as const));
        const { lowNs, highNs } = bounds.snapshot() as { lowNs: number; highNs: number };
        expect(lowNs).toBeLessThanOrEqual(truth);
        expect(highNs).toBeGreaterThanOrEqual(truth);
        expect(highNs - lowNs).toBe(
          Math.min(...exchanges.map(([up]) => up)) + Math.min(...exchanges.map(([, down]) => down)),
        );
        expect(bounds.contradictory).toBe(false);
      }),
    );
  });

  it('contradicts itself once the clock has stepped by more than the delays can hide', () => {
    // low = offset + step - down2 and high = offset + up1: a step forward shows above up1 + down2, a step back above
    // up2 + down1.
    fc.assert(
      fc.property(offset, delay, delay, delay, delay, fc.boolean(), (truth, up1, down1, up2, down2, forward) => {
        const hidden = forward ? up1 + down2 : -(up2 + down1);
        const stepped = (step: number) =>
          boundsOf([
            [truth, up1, down1],
            [truth + step, up2, down2],
          ]);
        expect(stepped(hidden).contradictory).toBe(false);
        const seen = stepped(hidden + (forward ? 1 : -1));
        expect(seen.contradictory).toBe(true);
        expect(seen.snapshot()).toBeUndefined();
      }),
    );
  });

  it('does not change a snapshot already taken', () => {
    const bounds = boundsOf([[0, 50, 50]]);
    const before = bounds.snapshot();
    bounds.record(10, 10);
    expect(before).toStrictEqual({ lowNs: -50, highNs: 50 });
    expect(bounds.snapshot()).toStrictEqual({ lowNs: -10, highNs: 10 });
  });
});
