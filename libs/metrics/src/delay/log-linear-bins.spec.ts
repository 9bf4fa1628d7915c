import fc from 'fast-check';
import { type Bin, LogLinearBins } from './log-linear-bins';

const binsOf = (values: readonly number[]): Bin[] => {
  const bins = new LogLinearBins();
  for (const value of values) bins.add(value);
  return [...bins.ascending()];
};

/** Every magnitude from 0 to 2^53 alike, and the edges of the octaves more often than chance would. */
const magnitudes = fc.oneof(
  fc.nat(5000),
  fc.maxSafeNat(),
  fc.tuple(fc.integer({ min: 1, max: 52 }), fc.maxSafeNat()).map(([bits, noise]) => 2 ** bits + (noise % 2 ** bits)),
  fc.tuple(fc.integer({ min: 2, max: 53 }), fc.integer({ min: -2, max: 0 })).map(([bits, by]) => 2 ** bits + by),
);
const values = fc.tuple(magnitudes, fc.boolean()).map(([magnitude, below]) => (below ? 0 - magnitude : magnitude));

describe('LogLinearBins', () => {
  it.each([
    ['nothing', [], []],
    ['0', [0], [[0, 1]]],
    ['the largest exact value', [2047], [[2047, 1]]],
    ['the smallest exact value', [-2047], [[-2047, 1]]],
    // From 2048 a bin is 2 wide, from 4096 it is 4: [2048, 2049], [4096 .. 4099] and so on, told by their middle.
    [
      'the first bins of width 2',
      [2048, 2049, 2050],
      [
        [2049, 2],
        [2051, 1],
      ],
    ],
    [
      'the first bins of width 4',
      [4095, 4096, 4099, 4100],
      [
        [4095, 1],
        [4098, 2],
        [4102, 1],
      ],
    ],
    [
      'both signs',
      [3, -3, 3, -2049, 2048],
      [
        [-2049, 1],
        [-3, 1],
        [3, 2],
        [2049, 1],
      ],
    ],
    // From 2^32 a bin is 2^22 wide: 2^32 + 2^21.
    ['2^32', [2 ** 32], [[2 ** 32 + 2 ** 21, 1]]],
    // Below 2^32 it is 2^21 wide: 2^32 - 2^21 + 2^20.
    ['2^32 - 1', [2 ** 32 - 1], [[2 ** 32 - 2 ** 20, 1]]],
    ['2^53', [2 ** 53], [[2 ** 53 + 2 ** 42, 1]]],
    ['-2^53', [-(2 ** 53)], [[-(2 ** 53) - 2 ** 42, 1]]],
  ])('holds %s', (_, samples, expected) => {
    expect(binsOf(samples).map(({ value, count }) => [value, count])).toStrictEqual(expected);
  });

  it('tells every value to within 0.05 %, and exactly below 2048', () => {
    fc.assert(
      fc.property(values, (value) => {
        const [bin, ...rest] = binsOf([value]);
        const error = Math.abs((bin as Bin).value - value);
        expect(error).toBeLessThanOrEqual(Math.abs(value) < 2048 ? 0 : Math.abs(value) * 0.0005);
        expect((bin as Bin).count).toBe(1);
        expect(rest).toHaveLength(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps order and counts: every value is found at its own rank', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 200 }), (samples) => {
        const bins = binsOf(samples);
        const expanded = bins.flatMap(({ value, count }) => Array<number>(count).fill(value));
        const sorted = [...samples].sort((a, b) => a - b);
        expect(expanded).toHaveLength(sorted.length);
        sorted.forEach((value, rank) => {
          expect(Math.abs((expanded[rank] as number) - value)).toBeLessThanOrEqual(Math.abs(value) * 0.0005);
        });
        for (let i = 1; i < bins.length; i++) {
          expect((bins[i] as Bin).value).toBeGreaterThan((bins[i - 1] as Bin).value);
        }
      }),
    );
  });

  it('adds many occurrences as so many single ones', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(values, fc.integer({ min: 1, max: 5 }))), (pairs) => {
        const bins = new LogLinearBins();
        for (const [value, count] of pairs) bins.add(value, count);
        const single = binsOf(pairs.flatMap(([value, count]) => Array<number>(count).fill(value)));
        expect([...bins.ascending()]).toStrictEqual(single);
      }),
    );
  });

  it('puts the value of a bin back into the same bin', () => {
    fc.assert(
      fc.property(values, (value) => {
        const [{ value: middle }] = binsOf([value]) as [Bin];
        expect(binsOf([value, middle])).toStrictEqual([{ value: middle, count: 2 }]);
      }),
    );
  });
});
