import fc from 'fast-check';
import {
  fractionOf,
  isNoTimestamp,
  nanosecondsOf,
  readTimestamp,
  type TimestampFormat,
  writeTimestamp,
} from './timestamp';

const written = (seconds: number, nanoseconds: number, format: TimestampFormat): string => {
  const bytes = new Uint8Array(10).fill(0xee);
  writeTimestamp(bytes, 1, { seconds, nanoseconds }, format);
  return Buffer.from(bytes).toString('hex');
};

const read = (hex: string, format: TimestampFormat): [number, number] => {
  const into = { seconds: Number.NaN, nanoseconds: Number.NaN };
  readTimestamp(new Uint8Array(Buffer.from(`ee${hex}ee`, 'hex')), 1, format, into);
  return [into.seconds, into.nanoseconds];
};

const nanoseconds = fc.nat(999_999_999);

describe('fractionOf', () => {
  // By hand, from 2^32 / 10^9 = 4.294967296 steps a nanosecond.
  it.each([
    [0, 0],
    [1, 4],
    [2, 8],
    // 12.88
    [3, 12],
    [1_000, 4_294],
    [1_000_000, 4_294_967],
    // 429 496 729.6
    [100_000_000, 429_496_729],
    [250_000_000, 0x40000000],
    [500_000_000, 0x80000000],
    // 2^32 - 4.29...
    [999_999_999, 0xfffffffb],
  ])('of %d ns is %d', (value, expected) => {
    expect(fractionOf(value)).toBe(expected);
  });

  it('equals the calculation in integers', () => {
    fc.assert(
      fc.property(nanoseconds, (value) => fractionOf(value) === Number((BigInt(value) << 32n) / 1_000_000_000n)),
      { numRuns: 20_000 },
    );
  });
});

describe('nanosecondsOf', () => {
  // By hand, from 10^9 / 2^32 = 0.2328... ns a step.
  it.each([
    [0, 0],
    // 0.466 and 0.698
    [2, 0],
    [3, 1],
    [0x40000000, 250_000_000],
    [0x80000000, 500_000_000],
    // 10^9 - 0.698; with the divisor 2^32 - 1 it would be 10^9 - 0.466, which rounds to 10^9.
    [0xfffffffd, 999_999_999],
    [0xfffffffe, 1_000_000_000],
    [0xffffffff, 1_000_000_000],
  ])('of the fraction %d are %d', (fraction, expected) => {
    expect(nanosecondsOf(fraction)).toBe(expected);
  });

  it('equals the calculation in integers, a half rounded up', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (fraction) => {
        const exact = (BigInt(fraction) * 1_000_000_000n + (1n << 31n)) >> 32n;
        return nanosecondsOf(fraction) === Number(exact);
      }),
      { numRuns: 20_000 },
    );
  });

  it('undoes fractionOf for every nanosecond of a second', () => {
    fc.assert(
      fc.property(nanoseconds, (value) => nanosecondsOf(fractionOf(value)) === value),
      { numRuns: 20_000 },
    );
  });
});

describe('a timestamp', () => {
  // 1 700 000 000 = 0x6553f100; with 2 208 988 800 s from 1900 to 1970 (RFC 5905 section 6) it is 0xe8fe6f80.
  // NTP era 0 ends at Unix 2^32 - 2 208 988 800 = 2 085 978 496 (2036-02-07); Unix time leaves 32 bits in 2106.
  it.each<[string, TimestampFormat, number, number, string]>([
    ['1 700 000 000.5 s', 'ntp', 1_700_000_000, 500_000_000, 'e8fe6f8080000000'],
    ['1 700 000 000.5 s', 'ptp', 1_700_000_000, 500_000_000, '6553f1001dcd6500'],
    ['the Unix epoch', 'ntp', 0, 0, '83aa7e8000000000'],
    ['the Unix epoch', 'ptp', 0, 0, '0000000000000000'],
    ['the last nanosecond of era 0', 'ntp', 2_085_978_495, 999_999_999, 'fffffffffffffffb'],
    ['the first second of era 1', 'ntp', 2_085_978_496, 0, '0000000000000000'],
    ['one second on', 'ntp', 2_085_978_497, 250_000_000, '0000000140000000'],
    ['the last nanosecond of 32 bits', 'ptp', 0xffffffff, 999_999_999, 'ffffffff3b9ac9ff'],
    // 2 208 988 799 = 0x83aa7e7f
    ['the last second of 32 bits', 'ntp', 0xffffffff, 0, '83aa7e7f00000000'],
  ])('%s in %s, both ways', (_, format, seconds, ns, hex) => {
    expect(written(seconds, ns, format)).toBe(`ee${hex}ee`);
    expect(read(hex, format)).toStrictEqual([seconds, ns]);
  });

  it('takes seconds beyond 32 bits modulo 2^32', () => {
    expect(written(2 ** 32 + 1, 7, 'ptp')).toBe('ee0000000100000007ee');
    // One second into 2106's wrap: 2 208 988 801.
    expect(written(2 ** 32 + 1, 0, 'ntp')).toBe('ee83aa7e8100000000ee');
  });

  it('is read as it stands when a PTP peer sends 10^9 ns or more', () => {
    expect(read('6553f1003b9aca00', 'ptp')).toStrictEqual([1_700_000_000, 1_000_000_000]);
    expect(read('6553f100ffffffff', 'ptp')).toStrictEqual([1_700_000_000, 0xffffffff]);
  });

  it('survives the trip in either format', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), nanoseconds, fc.constantFrom('ntp', 'ptp'), (seconds, ns, format) => {
        expect(read(written(seconds, ns, format).slice(2, 18), format)).toStrictEqual([seconds, ns]);
      }),
    );
  });
});

describe('isNoTimestamp', () => {
  it('is true of eight zeros, whatever stands around them', () => {
    const bytes = new Uint8Array(Buffer.from('ff0000000000000000ff', 'hex'));
    expect(isNoTimestamp(bytes, 1)).toBe(true);
    expect([isNoTimestamp(bytes, 0), isNoTimestamp(bytes, 2)]).toStrictEqual([false, false]);
  });

  it('is false when a single bit is set', () => {
    for (let bit = 0; bit < 64; bit++) {
      const bytes = new Uint8Array(9);
      bytes[1 + (bit >> 3)] = 1 << (bit & 7);
      expect([bit, isNoTimestamp(bytes, 1)]).toStrictEqual([bit, false]);
    }
  });

  it('takes the Unix epoch for none in PTP, as it takes the beginning of an era in NTP', () => {
    const isNone = (seconds: number, format: TimestampFormat) =>
      isNoTimestamp(new Uint8Array(Buffer.from(written(seconds, 0, format), 'hex')), 1);
    expect([isNone(0, 'ptp'), isNone(0, 'ntp')]).toStrictEqual([true, false]);
    // 2^32 - 2 208 988 800
    expect([isNone(2_085_978_496, 'ptp'), isNone(2_085_978_496, 'ntp')]).toStrictEqual([false, true]);
  });
});
