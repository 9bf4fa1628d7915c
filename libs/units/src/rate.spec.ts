import fc from 'fast-check';
import { bitsPerSecond, rateOf, spacingOf } from './rate';
import { milliseconds, seconds, span } from './time';

describe('rateOf', () => {
  it.each([
    // 1250 bytes are 10 000 bits; in 10 ms that is 1 000 000 bit/s.
    [1250, milliseconds(10), 1_000_000],
    // 125 MB are 10^9 bits, in 2 s.
    [125_000_000, seconds(2), 500_000_000],
    [0, seconds(1), 0],
    // One byte in one nanosecond: 8 bits x 10^9.
    [1, span(1), 8_000_000_000],
  ])('%d bytes in %d ns are %d bit/s', (bytes, duration, expected) => {
    expect(rateOf(bytes, duration)).toBe(expected);
  });

  it.each([0, -1])('has no answer for a duration of %d', (duration) => {
    expect(rateOf(1000, span(duration))).toBeUndefined();
  });
});

describe('spacingOf', () => {
  it.each([
    // 10 000 bits at 10^6 bit/s: 10 ms.
    [1250, 1e6, 10_000_000],
    // 12 000 bits at 10^9 bit/s: 12 us.
    [1500, 1e9, 12_000],
    // 12 000 bits at 7 Mbit/s: 12/7 ms, not rounded.
    [1500, 7e6, 12_000_000 / 7],
  ])('%d bytes at %d bit/s leave every %d ns', (bytes, rate, expected) => {
    expect(spacingOf(bytes, bitsPerSecond(rate))).toBeCloseTo(expected, 6);
  });

  it('is the inverse of rateOf', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e12 }), (bytes, rate) => {
        const back = rateOf(bytes, spacingOf(bytes, bitsPerSecond(rate))) as number;
        expect(Math.abs(back - rate)).toBeLessThanOrEqual(rate * 1e-15 * 4);
      }),
    );
  });
});
