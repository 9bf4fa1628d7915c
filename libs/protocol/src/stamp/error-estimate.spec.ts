import fc from 'fast-check';
import { decodeErrorEstimate, encodeErrorEstimate, formatOf, hasMultiplier } from './error-estimate';

// RFC 4656 section 4.1.2: S, then Z (RFC 8186: 0 NTP, 1 PTP), 6 bits of Scale, 8 of Multiplier;
// the error is Multiplier * 2^(Scale - 32) s.
const STEP_NS = 1e9 / 2 ** 32;
const MAX_ERROR_NS = 255 * 2 ** 31 * 1e9;

describe('encodeErrorEstimate', () => {
  it.each<[number, boolean, 'ntp' | 'ptp', number]>([
    // 10^-3 * 2^(32-15) = 131.07, rounded up to 132 = 0x84; at Scale 14 it would be 263.
    [1e6, true, 'ntp', 0x8f84],
    [1e6, false, 'ntp', 0x0f84],
    [1e6, true, 'ptp', 0xcf84],
    [1e6, false, 'ptp', 0x4f84],
    // No error at all still needs a Multiplier.
    [0, false, 'ntp', 0x0001],
    // 4.29, rounded up.
    [1, true, 'ntp', 0x8005],
    // 59 ns: 253.4; 60 ns: 257.7, one Scale up 128.8.
    [59, false, 'ntp', 0x00fe],
    [60, false, 'ntp', 0x0181],
    // 4294.97 / 2^5 = 134.2
    [1_000, false, 'ntp', 0x0587],
    // 2^32 / 2^25 = 128 exactly: not rounded
    [1e9, false, 'ntp', 0x1980],
    [MAX_ERROR_NS, false, 'ntp', 0x3fff],
  ])('of %d ns (synchronised: %s, %s) is %d', (errorNs, synchronised, format, expected) => {
    expect(encodeErrorEstimate({ synchronised, format, errorNs })).toBe(expected);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, MAX_ERROR_NS * 1.001])(
    'throws for %d ns',
    (errorNs) => {
      expect(() => encodeErrorEstimate({ synchronised: true, format: 'ntp', errorNs })).toThrow(RangeError);
    },
  );

  it('never understates, and overstates by less than 1/128 or one step', () => {
    const errors = fc.oneof(
      fc.nat(1_000),
      fc.nat(1e9),
      fc.integer({ min: 0, max: 1e15 }),
      fc.double({ min: 0, max: 1e20, noNaN: true }),
    );
    fc.assert(
      fc.property(errors, (errorNs) => {
        const back = decodeErrorEstimate(encodeErrorEstimate({ synchronised: true, format: 'ntp', errorNs }))!.errorNs;
        // A double may lose its last bit on the way.
        expect(back).toBeGreaterThanOrEqual(errorNs * (1 - 2 ** -52));
        expect(back).toBeLessThanOrEqual(Math.max(errorNs * (1 + 1 / 128), errorNs + STEP_NS) * (1 + 2 ** -52));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('decodeErrorEstimate', () => {
  it.each([
    // 132 * 2^-17 s
    [0x8f84, true, 'ntp', 1_007_080.078125],
    [0x4f84, false, 'ptp', 1_007_080.078125],
    // Seen in the field: a sender that knows nothing, a reflector that claims a quarter of a nanosecond.
    [0x3fff, false, 'ntp', MAX_ERROR_NS],
    [0x0001, false, 'ntp', 0.23283064365386963],
    [0xffff, true, 'ptp', MAX_ERROR_NS],
  ])('of %d', (bits, synchronised, format, errorNs) => {
    expect(decodeErrorEstimate(bits)).toStrictEqual({ synchronised, format, errorNs });
    expect(formatOf(bits)).toBe(format);
    expect(hasMultiplier(bits)).toBe(true);
  });

  it.each([0x0000, 0x8000, 0x4000, 0xff00, 0x3f00])('has no answer for a Multiplier of 0: %d', (bits) => {
    expect(decodeErrorEstimate(bits)).toBeUndefined();
    expect(hasMultiplier(bits)).toBe(false);
  });

  it('says the same after another trip, whatever the 16 bits', () => {
    fc.assert(
      fc.property(fc.nat(0xff), fc.integer({ min: 1, max: 0xff }), (high, low) => {
        const estimate = decodeErrorEstimate((high << 8) | low)!;
        expect(decodeErrorEstimate(encodeErrorEstimate(estimate))).toStrictEqual(estimate);
      }),
    );
  });
});
