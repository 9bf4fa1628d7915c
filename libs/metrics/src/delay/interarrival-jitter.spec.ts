import fc from 'fast-check';
import { InterarrivalJitter } from './interarrival-jitter';

const jitterOf = (transits: readonly number[]): number | undefined => {
  const jitter = new InterarrivalJitter();
  for (const transit of transits) jitter.record(transit);
  return jitter.snapshot();
};

const transits = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 2, maxLength: 50 });

describe('InterarrivalJitter', () => {
  // RFC 3550 section 6.4.1: J += (|D| - J) / 16, from J = 0.
  it.each([
    ['one step of 16', [100, 116], 1],
    // 16/16 = 1; then 1 + (|-16| - 1)/16 = 1.9375.
    ['there and back', [100, 116, 100], 1.9375],
    // 1; then 1 + (0 - 1)/16 = 0.9375; then 0.9375 + (32 - 0.9375)/16 = 2.87890625.
    ['a pause between two steps', [100, 116, 116, 148], 2.87890625],
    // Transit times below 0 come from a clock that is behind: D = 32, J = 2; D = -64, J = 2 + 62/16 = 5.875.
    ['negative transit times', [-48, -16, -80], 5.875],
  ])('%s', (_, samples, expected) => {
    expect(jitterOf(samples)).toBe(expected);
  });

  it.each([[[]], [[5]]])('is absent after %j', (samples) => {
    expect(jitterOf(samples)).toBeUndefined();
  });

  it('is 0, not absent, for a constant transit time', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 100 }), (transit, count) => {
        expect(jitterOf(Array(count).fill(transit))).toBe(0);
      }),
    );
  });

  it('does not see a constant offset', () => {
    fc.assert(
      fc.property(transits, fc.integer({ min: -1e15, max: 1e15 }), (samples, offset) => {
        expect(jitterOf(samples.map((transit) => transit + offset))).toBe(jitterOf(samples));
      }),
    );
  });

  it('scales with its samples', () => {
    fc.assert(
      fc.property(transits, fc.integer({ min: 2, max: 1000 }), (samples, factor) => {
        const expected = (jitterOf(samples) as number) * factor;
        const scaled = jitterOf(samples.map((transit) => transit * factor)) as number;
        expect(Math.abs(scaled - expected)).toBeLessThanOrEqual(expected * 1e-12);
      }),
    );
  });

  it('approaches a constant difference by a sixteenth of what is left', () => {
    // After n differences of d, d - J = d x (15/16)^n: 40 x (15/16)^100 = 0.063.
    const samples = Array.from({ length: 101 }, (_, index) => (index % 2) * 40);
    expect(jitterOf(samples)).toBeCloseTo(40 - 40 * (15 / 16) ** 100, 9);
  });

  it('compares nothing across an interruption', () => {
    const jitter = new InterarrivalJitter();
    jitter.interrupt();
    jitter.record(100);
    jitter.interrupt();
    jitter.record(1e9);
    expect(jitter.snapshot()).toBeUndefined();
    // |16| / 16 = 1; the interruption keeps it; then 1 + (32 - 1) / 16 = 2.9375.
    jitter.record(1e9 + 16);
    jitter.interrupt();
    expect(jitter.snapshot()).toBe(1);
    jitter.record(0);
    expect(jitter.snapshot()).toBe(1);
    jitter.record(32);
    expect(jitter.snapshot()).toBe(2.9375);
  });

  it('does not see a jump of the clock at an interruption', () => {
    fc.assert(
      fc.property(transits, transits, fc.integer({ min: -1e12, max: 1e12 }), (left, right, jump) => {
        const [still, jumped] = [new InterarrivalJitter(), new InterarrivalJitter()];
        for (const transit of left) for (const jitter of [still, jumped]) jitter.record(transit);
        for (const jitter of [still, jumped]) jitter.interrupt();
        for (const transit of right) {
          still.record(transit);
          jumped.record(transit + jump);
        }
        expect(jumped.snapshot()).toBe(still.snapshot());
      }),
    );
  });
});
