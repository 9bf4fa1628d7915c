import fc from 'fast-check';
import { parseCount, parseDuration, parsePort, parseRate, parseSize, UsageError } from './quantities';

describe('parseDuration', () => {
  it.each([
    ['1', 1e9],
    ['0', 0],
    ['0.5', 5e8],
    ['.5', 5e8],
    ['-1', -1e9],
    ['20ms', 20e6],
    ['20 ms', 20e6],
    [' 20ms ', 20e6],
    ['20MS', 20e6],
    ['1.5s', 1.5e9],
    ['250us', 250e3],
    ['250µs', 250e3],
    ['7ns', 7],
    ['2m', 120e9],
    ['2min', 120e9],
    ['5sec', 5e9],
    ['1h', 3600e9],
    ['0.1ns', 0],
  ])('%s', (text, ns) => {
    expect(parseDuration(text)).toBe(ns);
  });

  it.each([
    '',
    'abc',
    's',
    '1x',
    '1.',
    '1..5',
    '1e3',
    '0x10',
    '1 2',
    '--1',
    'Infinity',
    'NaN',
    '1s1',
    '99999999h',
    '1d',
  ])("'%s' is no time", (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError);
    expect(() => parseDuration(text)).toThrow(`'${text}' is not a time`);
  });
});

describe('parseSize', () => {
  it.each([
    ['1400', 1400],
    ['1400B', 1400],
    ['64K', 65_536],
    ['64KiB', 65_536],
    ['0.5k', 512],
    ['1M', 1_048_576],
    ['0', 0],
    ['-5', -5],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'abc', '1.5', '1G1', '10ms', '0.0001K', '1e3', '9007199254740993'])("'%s' is no size", (text) => {
    expect(() => parseSize(text)).toThrow(UsageError);
  });
});

describe('parseRate', () => {
  it.each([
    ['100M', 100e6],
    ['2.5G', 2.5e9],
    ['500k', 500e3],
    ['1T', 1e12],
    ['9600', 9600],
    ['100Mbit/s', 100e6],
    ['100 Mbit/s', 100e6],
    ['100Mbps', 100e6],
    ['100mbit', 100e6],
    ['0.5K', 500],
  ])('%s', (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  it.each(['', '0', '0M', '-1M', 'fast', '10ms', '10KiB', 'bit/s', '1 0M', '0.5'])("'%s' is no rate", (text) => {
    expect(() => parseRate(text)).toThrow(UsageError);
  });
});

describe('parseCount', () => {
  it('takes whole numbers from 1', () => {
    expect([parseCount('1'), parseCount('1000000')]).toStrictEqual([1, 1_000_000]);
  });

  it.each(['0', '-1', '1.5', 'abc', '', '1e3', ' 1', '9007199254740992'])("'%s' is no count", (text) => {
    expect(() => parseCount(text)).toThrow(UsageError);
  });
});

describe('parsePort', () => {
  it.each(['65536', '-1', 'abc', '', '1.5', '0x50', '80 ', '+80', '1e3', '99999999999'])("'%s' is no port", (text) => {
    expect(() => parsePort(text, 0)).toThrow(UsageError);
  });

  it('takes 0 only where the system may pick', () => {
    expect(parsePort('0', 0)).toBe(0);
    expect(() => parsePort('0', 1)).toThrow("'0' is not a port; write a number from 1 to 65535");
    expect([parsePort('1', 1), parsePort('65535', 1)]).toStrictEqual([1, 65_535]);
  });
});

it('answers every text with a value or with one line', () => {
  const parsers = [parseDuration, parseSize, parseRate, parseCount, (text: string) => parsePort(text, 0)];
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.-+ eEsmkKMGhbx') }), (text) => {
      for (const parse of parsers) {
        try {
          expect(Number.isFinite(parse(text))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }
    }),
  );
});
