import fc from 'fast-check';
import {
  countText,
  delayText,
  millisecondsText,
  percentText,
  ppmText,
  rateText,
  secondsText,
  sizeText,
  spanText,
} from './format';

const table = (text: (value: number) => string, rows: readonly (readonly [number, string])[]): void => {
  it.each(rows)('%d is %s', (value, expected) => {
    expect(text(value)).toBe(expected);
  });
};

describe('millisecondsText', () => {
  table(millisecondsText, [
    [0, '0.000'],
    [31_200, '0.0312'],
    [214_000, '0.214'],
    [12_345_000, '12.35'],
    [120_400_000, '120.4'],
    [-31_200, '-0.0312'],
    [-120_400_000, '-120.4'],
    [250, '0.0003'],
    [-0, '0.000'],
    [50, '0.0001'],
    [49, '<0.0001'],
    [-1, '>-0.0001'],
  ]);

  it('shows a 0 for nothing but 0', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (ns) => {
        expect(/^-?0\.0+$/.test(millisecondsText(ns))).toBe(ns === 0);
      }),
    );
  });
});

describe('secondsText', () => {
  table(secondsText, [
    [0, '0.00'],
    [1_500_000_000, '1.50'],
    [5e6, '0.01'],
    [4e6, '0.004'],
    [30_000, '0.00003'],
    [1, '0.000000001'],
  ]);
});

describe('ppmText', () => {
  table(ppmText, [
    [0, '0.0 ppm'],
    [-12.34, '12.3 ppm'],
    [0.05, '0.050 ppm'],
    [-0.04, '0.040 ppm'],
  ]);
});

describe('spanText', () => {
  table(spanText, [
    [20e6, '20 ms'],
    [1e9, '1 s'],
    [2.5e9, '2.5 s'],
    [1500, '1.5 us'],
    [0, '0 us'],
    [3_600e9, '3600 s'],
    [86_400e9, '86400 s'],
  ]);
});

describe('rateText', () => {
  table(rateText, [
    [0, '0.000 kbit/s'],
    [500, '0.500 kbit/s'],
    [0.4, '<0.001 kbit/s'],
    [8_190, '8.19 kbit/s'],
    [1e6, '1.00 Mbit/s'],
    [94.3e6, '94.3 Mbit/s'],
    [941e6, '941 Mbit/s'],
    [41.2e9, '41.2 Gbit/s'],
    // 1000-based.
    [1_048_576, '1.05 Mbit/s'],
  ]);
});

describe('sizeText', () => {
  table(sizeText, [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [131_072, '128 KiB'],
    [10 * 1_048_576, '10.0 MiB'],
    [3 * 1024 ** 3, '3.00 GiB'],
    [5 * 1024 ** 5, '5120 TiB'],
  ]);
});

describe('percentText', () => {
  table(percentText, [
    [0, '0 %'],
    [1, '100 %'],
    [0.1, '10 %'],
    [1 / 3, '33.3 %'],
    [0.012, '1.2 %'],
    [0.0012, '0.12 %'],
    [1e-6, '<0.01 %'],
    [1e-4, '0.010 %'],
    // 2,999 of 3,000; 99,999 of 100,000.
    [2999 / 3000, '99.97 %'],
    [0.9994, '99.9 %'],
    [0.99999, '>99.99 %'],
    [0.9999, '99.99 %'],
  ]);

  it('shows none and all for nothing but that, and what is true to the last digit', () => {
    const counts = fc.integer({ min: 1, max: 1e9 }).chain((sent) => fc.tuple(fc.nat(sent), fc.constant(sent)));
    const near = fc
      .integer({ min: 1, max: 1e6 })
      .chain((sent) => fc.tuple(fc.constantFrom(0, 1, sent - 1, sent), fc.constant(sent)));
    fc.assert(
      fc.property(fc.oneof(counts, near), ([lost, sent]) => {
        const text = percentText(lost / sent);
        expect(text === '0 %').toBe(lost === 0);
        expect(text === '100 %').toBe(lost === sent);
        const [, bound, digits] = /^([<>]?)([\d.]+) %$/.exec(text) as unknown as [string, string, string];
        const percent = (100 * lost) / sent;
        if (bound === '<') expect(percent).toBeLessThan(Number(digits));
        else if (bound === '>') expect(percent).toBeGreaterThan(Number(digits));
        else expect(Math.abs(percent - Number(digits))).toBeLessThanOrEqual(0.05 + 1e-9);
        if (lost > 0 && lost < sent && bound === '') {
          expect(Number(digits)).toBeGreaterThan(0);
          expect(Number(digits)).toBeLessThan(100);
        }
      }),
    );
  });
});

describe('what is not known', () => {
  it.each([millisecondsText, delayText, rateText, sizeText, percentText, countText])('is - for %p', (text) => {
    expect(text(undefined)).toBe('-');
  });
});

it('writes units and counts', () => {
  expect([delayText(214_000), secondsText(1_500_000_000), countText(7)]).toStrictEqual(['0.214 ms', '1.50', '7']);
});
