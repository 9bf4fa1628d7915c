import fc from 'fast-check';
import { read, words } from '../../test/datagrams';
import { fromHex } from '../../test/hex';
import { DATAGRAM_HEADER, writeDatagramHeader } from './datagram';

describe('the layout of a datagram', () => {
  it('is that of iperf3 with 64-bit counters', () => {
    expect(DATAGRAM_HEADER.offset).toStrictEqual({ seconds: 0, subseconds: 4, numberHigh: 8, numberLow: 12 });
    expect(DATAGRAM_HEADER.size).toBe(16);
  });
});

describe('writeDatagramHeader', () => {
  it.each<[boolean, number, number, number, string]>([
    // 1 700 000 = 0x19f0a0, 123 456 = 0x1e240
    [true, 1_700_000, 123_456, 1, '0019f0a0 0001e240 0000000000000001'],
    [false, 1_700_000, 123_456, 1, '0019f0a0 0001e240 00000001'],
    [true, 0, 999_999_999, 2 ** 32 - 1, '00000000 3b9ac9ff 00000000ffffffff'],
    [false, 0, 999_999_999, 2 ** 32 - 1, '00000000 3b9ac9ff ffffffff'],
    [true, 1, 2, 2 ** 32, '00000001 00000002 0000000100000000'],
    [true, 1, 2, 2 ** 53 - 1, '00000001 00000002 001fffffffffffff'],
    // The number wraps.
    [false, 1, 2, 2 ** 32 + 6, '00000001 00000002 00000006'],
    // Wall time after 2106.
    [true, 2 ** 32 + 3, 0, 5, '00000003 00000000 0000000000000005'],
  ])(
    'writes (64-bit: %s) %d s, %d, number %d, and nothing beyond',
    (counters64Bit, seconds, subseconds, number, hex) => {
      const bytes = new Uint8Array(18).fill(0xee);
      writeDatagramHeader(bytes, 0, counters64Bit, { seconds, subseconds, number, isOmitted: false });
      expect(Buffer.from(bytes).toString('hex')).toBe(hex.replaceAll(' ', '').padEnd(36, 'e'));
    },
  );

  it.each<[boolean, string]>([
    [true, '0019f0a0 0001e240 0000000100000002'],
    [false, '0019f0a0 0001e240 00000002'],
  ])('writes at an offset, and nothing beside it (64-bit: %s)', (counters64Bit, hex) => {
    const bytes = new Uint8Array(24).fill(0xee);
    // 1 700 000 = 0x19f0a0, 123 456 = 0x1e240
    const header = { seconds: 1_700_000, subseconds: 123_456, number: 2 ** 32 + 2, isOmitted: false };
    writeDatagramHeader(bytes, 5, counters64Bit, header);
    expect(Buffer.from(bytes).toString('hex')).toBe(`eeeeeeeeee${hex.replaceAll(' ', '')}`.padEnd(48, 'e'));
  });
});

describe('the mark of the omitted beginning', () => {
  const header = { seconds: 1, subseconds: 2, number: 2 ** 32 + 3, isOmitted: true };

  it('is the highest bit of a number of 64, and written and read with it', () => {
    const bytes = new Uint8Array(16);
    writeDatagramHeader(bytes, 0, true, header);
    expect(Buffer.from(bytes).toString('hex')).toBe('00000001000000028000000100000003');
    expect(read(bytes, true)).toStrictEqual(header);
  });

  it('has no room in a number of 32', () => {
    const bytes = new Uint8Array(12);
    writeDatagramHeader(bytes, 0, false, header);
    expect(read(bytes, false)).toStrictEqual({ ...header, number: 3, isOmitted: false });
  });

  it.each<[string, Uint8Array]>([
    ['0', words(1, 2, 0x80000000, 0)],
    ['2^53', words(1, 2, 0x80200000, 0)],
  ])('makes no number of %s', (_, bytes) => {
    expect(read(bytes, true)).toBe('number');
  });
});

describe('readDatagramHeader', () => {
  it.each<[string, boolean, string, unknown]>([
    [
      'by hand',
      true,
      '0019f0a0 0001e240 0000000000000001',
      { seconds: 1_700_000, subseconds: 123_456, number: 1, isOmitted: false },
    ],
    [
      'by hand',
      false,
      '0019f0a0 0001e240 00000001',
      { seconds: 1_700_000, subseconds: 123_456, number: 1, isOmitted: false },
    ],
    // From iperf3 3.12 over loopback, captured: -u --udp-counters-64bit, second datagram; 0xdf7 = 3575, 0xc08a0 = 788640.
    [
      'captured',
      true,
      '00000df7 000c08a0 0000000000000002 382bbfe3',
      { seconds: 3575, subseconds: 788_640, number: 2, isOmitted: false },
    ],
    // -u -R without 64-bit counters; 0xdfe = 3582, 0x2e6c1 = 190145. The payload begins where the low half would be.
    [
      'captured',
      false,
      '00000dfe 0002e6c1 00000001 544c4d83',
      { seconds: 3582, subseconds: 190_145, number: 1, isOmitted: false },
    ],
  ])('%s (64-bit: %s)', (_, counters64Bit, hex, expected) => {
    expect(read(fromHex(hex), counters64Bit)).toStrictEqual(expected);
  });

  it.each<[string, boolean, Uint8Array, unknown]>([
    ['0', true, words(1, 2, 0, 0), 'number'],
    ['0', false, words(1, 2, 0), 'number'],
    ['2^31', false, words(1, 2, 0x80000000), { seconds: 1, subseconds: 2, number: 2 ** 31, isOmitted: false }],
    ['2^32 - 1', false, words(1, 2, 0xffffffff), { seconds: 1, subseconds: 2, number: 2 ** 32 - 1, isOmitted: false }],
    ['2^32', true, words(1, 2, 1, 0), { seconds: 1, subseconds: 2, number: 2 ** 32, isOmitted: false }],
    [
      '2^53 - 1',
      true,
      words(1, 2, 0x1fffff, 0xffffffff),
      { seconds: 1, subseconds: 2, number: 2 ** 53 - 1, isOmitted: false },
    ],
    ['2^53', true, words(1, 2, 0x200000, 0), 'number'],
    // Rounds to 2^53 as a double.
    ['2^53 + 1', true, words(1, 2, 0x200000, 1), 'number'],
    ['2^64 - 1', true, words(1, 2, 0xffffffff, 0xffffffff), 'number'],
  ])('number %s (64-bit: %s)', (_, counters64Bit, bytes, expected) => {
    expect(read(bytes, counters64Bit)).toStrictEqual(expected);
  });

  it.each([
    [true, 16],
    [false, 12],
  ])('finds every shorter prefix short (64-bit: %s)', (counters64Bit, needed) => {
    const bytes = words(1, 2, 3, 4, 5);
    for (let length = 0; length <= 20; length++) {
      expect(read(bytes.subarray(0, length), counters64Bit) === 'short').toBe(length < needed);
    }
  });

  it.each<[boolean, number]>([
    [true, 2 ** 53 - 1],
    [false, 2 ** 32 - 1],
  ])('undoes writeDatagramHeader (64-bit: %s)', (counters64Bit, largest) => {
    const numbers = fc.integer({ min: 1, max: largest });
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(999_999_999), numbers, (seconds, subseconds, number) => {
        const bytes = new Uint8Array(16).fill(0xff);
        writeDatagramHeader(bytes, 0, counters64Bit, { seconds, subseconds, number, isOmitted: false });
        expect(read(bytes, counters64Bit)).toStrictEqual({ seconds, subseconds, number, isOmitted: false });
      }),
    );
  });

  it.each([true, false])('reads at an offset what it reads of a copy from there on (64-bit: %s)', (counters64Bit) => {
    const bytes = words(9, 1, 2, 0, 4, 0x200000, 7, 8);
    for (let offset = 0; offset <= bytes.length; offset++) {
      expect(read(bytes, counters64Bit, offset)).toStrictEqual(read(bytes.slice(offset), counters64Bit));
    }
    // By hand: the header that begins with the second word.
    const number = { seconds: 1, subseconds: 2, number: 4, isOmitted: false };
    expect(read(bytes, counters64Bit, 4)).toStrictEqual(counters64Bit ? number : 'number');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), fc.boolean(), fc.nat(30), (bytes, counters64Bit, offset) => {
        const result = read(bytes, counters64Bit, offset);
        expect(result === 'short').toBe(bytes.length - offset < (counters64Bit ? 16 : 12));
        if (typeof result === 'object') expect(Number.isSafeInteger(result.number) && result.number > 0).toBe(true);
      }),
    );
  });
});
