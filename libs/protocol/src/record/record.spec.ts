import fc from 'fast-check';
import { fromHex, toHex } from '../../test/hex';
import { emptyRecordHeader, MAX_RECORD_BYTES, RECORD_HEADER, readRecordHeader, writeRecordHeader } from './record';

const read = (bytes: Uint8Array, offset = 0) => {
  const header = emptyRecordHeader();
  const fault = readRecordHeader(bytes, offset, header);
  return fault ?? header;
};

// By hand: 24 bytes, data, last, sequence 7, Unix 1 700 000 000.5 (0x6553f100 s, 0x1dcd6500 ns).
const VECTOR = '00000018 01 01 0000 00000007 6553f100 1dcd6500';
const HEADER = {
  length: 24,
  last: true,
  isOmitted: false,
  sequence: 7,
  sent: { seconds: 1_700_000_000, nanoseconds: 500_000_000 },
};

const headers = fc.record(
  {
    length: fc.integer({ min: 20, max: MAX_RECORD_BYTES }),
    last: fc.boolean(),
    isOmitted: fc.boolean(),
    sequence: fc.nat(0xffffffff),
    sent: fc.record({ seconds: fc.nat(0xffffffff), nanoseconds: fc.nat(999_999_999) }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

describe('the layout of a record', () => {
  it('has its fields where they belong', () => {
    expect(RECORD_HEADER.offset).toStrictEqual({
      length: 0,
      type: 4,
      flags: 5,
      zero: 6,
      sequence: 8,
      seconds: 12,
      nanoseconds: 16,
    });
    expect(RECORD_HEADER.size).toBe(20);
    expect(MAX_RECORD_BYTES).toBe(1_048_576);
  });
});

describe('writeRecordHeader', () => {
  it.each([
    ['the header', HEADER, VECTOR],
    ['not the last', { ...HEADER, last: false }, VECTOR.replace('01 01', '01 00')],
    ['one of the omitted beginning', { ...HEADER, last: false, isOmitted: true }, VECTOR.replace('01 01', '01 02')],
    ['a sequence number that wraps', { ...HEADER, sequence: 2 ** 32 + 7 }, VECTOR],
    [
      'seconds beyond 2106',
      { ...HEADER, sent: { seconds: 2 ** 32 + 1, nanoseconds: 999_999_999 } },
      '00000018 01 01 0000 00000007 00000001 3b9ac9ff',
    ],
  ])('writes %s and nothing beside it', (_, header, expected) => {
    const bytes = new Uint8Array(23).fill(0xee);
    writeRecordHeader(bytes, 2, header);
    expect(toHex(bytes)).toBe(toHex(fromHex(`eeee ${expected} ee`)));
  });
});

describe('readRecordHeader', () => {
  it.each<[string, string, unknown]>([
    ['the header', VECTOR, HEADER],
    ['the last of the omitted beginning', VECTOR.replace('01 01', '01 03'), { ...HEADER, isOmitted: true }],
    ['flags of a later version', VECTOR.replace('01 01', '01 fc'), { ...HEADER, last: false }],
    ['the shortest', VECTOR.replace('00000018', '00000014'), { ...HEADER, length: 20 }],
    ['the longest', VECTOR.replace('00000018', '00100000'), { ...HEADER, length: 1_048_576 }],
    ['one byte too long', VECTOR.replace('00000018', '00100001'), 'length'],
    ['one byte too short', VECTOR.replace('00000018', '00000013'), 'length'],
    ['length 0', VECTOR.replace('00000018', '00000000'), 'length'],
    ['length 1', VECTOR.replace('00000018', '00000001'), 'length'],
    ['length 0xfe000000', VECTOR.replace('00000018', 'fe000000'), 'length'],
    ['length 0xffffffff', VECTOR.replace('00000018', 'ffffffff'), 'length'],
    ['type 0', VECTOR.replace('01 01', '00 01'), 'type'],
    ['type 2', VECTOR.replace('01 01', '02 01'), 'type'],
    ['type 255', VECTOR.replace('01 01', 'ff 01'), 'type'],
  ])('%s', (_, hex, expected) => {
    expect(read(fromHex(hex))).toStrictEqual(expected);
    expect(read(fromHex(`eeeeee ${hex}`), 3)).toStrictEqual(expected);
  });

  it('undoes writeRecordHeader', () => {
    fc.assert(
      fc.property(headers, fc.nat(5), (header, offset) => {
        const bytes = new Uint8Array(25).fill(0xff);
        writeRecordHeader(bytes, offset, header);
        expect(read(bytes, offset)).toStrictEqual(header);
      }),
    );
  });
});
