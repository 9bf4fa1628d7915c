import fc from 'fast-check';
import {
  countText,
  delayText,
  millisecondsText,
  percentText,
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
    [1e-6, '0.00010 %'],
  ]);

  it('never shows a loss as none, nor a partial one as whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), (lost, received) => {
        const percent = Number.parseFloat(percentText(lost / (lost + received)));
        expect(percent).toBeGreaterThan(0);
        expect(percent).toBeLessThanOrEqual(100);
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
