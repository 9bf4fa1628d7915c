import fc from 'fast-check';
import {
  DATAGRAM_HEADER,
  datagramRunLength,
  readDatagramHeader,
  writeDatagramHeader,
  writeDatagramHeaders,
} from './datagram';

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const read = (bytes: Uint8Array, counters64Bit: boolean, offset = 0) => {
  const header = { seconds: -1, subseconds: -1, number: -1 };
  const fault = readDatagramHeader(bytes, offset, counters64Bit, header);
  return fault ?? header;
};

const words = (...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value);
  return new Uint8Array(view.buffer);
};

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
      writeDatagramHeader(bytes, 0, counters64Bit, { seconds, subseconds, number });
      expect(Buffer.from(bytes).toString('hex')).toBe(hex.replaceAll(' ', '').padEnd(36, 'e'));
    },
  );

  it.each<[boolean, string]>([
    [true, '0019f0a0 0001e240 0000000100000002'],
    [false, '0019f0a0 0001e240 00000002'],
  ])('writes at an offset, and nothing beside it (64-bit: %s)', (counters64Bit, hex) => {
    const bytes = new Uint8Array(24).fill(0xee);
    // 1 700 000 = 0x19f0a0, 123 456 = 0x1e240
    const header = { seconds: 1_700_000, subseconds: 123_456, number: 2 ** 32 + 2 };
    writeDatagramHeader(bytes, 5, counters64Bit, header);
    expect(Buffer.from(bytes).toString('hex')).toBe(`eeeeeeeeee${hex.replaceAll(' ', '')}`.padEnd(48, 'e'));
  });
});

describe('readDatagramHeader', () => {
  it.each<[string, boolean, string, unknown]>([
    ['by hand', true, '0019f0a0 0001e240 0000000000000001', { seconds: 1_700_000, subseconds: 123_456, number: 1 }],
    ['by hand', false, '0019f0a0 0001e240 00000001', { seconds: 1_700_000, subseconds: 123_456, number: 1 }],
    // From iperf3 3.12 over loopback, captured: -u --udp-counters-64bit, second datagram; 0xdf7 = 3575, 0xc08a0 = 788640.
    [
      'captured',
      true,
      '00000df7 000c08a0 0000000000000002 382bbfe3',
      { seconds: 3575, subseconds: 788_640, number: 2 },
    ],
    // -u -R without 64-bit counters; 0xdfe = 3582, 0x2e6c1 = 190145. The payload begins where the low half would be.
    ['captured', false, '00000dfe 0002e6c1 00000001 544c4d83', { seconds: 3582, subseconds: 190_145, number: 1 }],
  ])('%s (64-bit: %s)', (_, counters64Bit, hex, expected) => {
    expect(read(fromHex(hex), counters64Bit)).toStrictEqual(expected);
  });

  it.each<[string, boolean, Uint8Array, unknown]>([
    ['0', true, words(1, 2, 0, 0), 'number'],
    ['0', false, words(1, 2, 0), 'number'],
    ['2^31', false, words(1, 2, 0x80000000), { seconds: 1, subseconds: 2, number: 2 ** 31 }],
    ['2^32 - 1', false, words(1, 2, 0xffffffff), { seconds: 1, subseconds: 2, number: 2 ** 32 - 1 }],
    ['2^32', true, words(1, 2, 1, 0), { seconds: 1, subseconds: 2, number: 2 ** 32 }],
    ['2^53 - 1', true, words(1, 2, 0x1fffff, 0xffffffff), { seconds: 1, subseconds: 2, number: 2 ** 53 - 1 }],
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
        writeDatagramHeader(bytes, 0, counters64Bit, { seconds, subseconds, number });
        expect(read(bytes, counters64Bit)).toStrictEqual({ seconds, subseconds, number });
      }),
    );
  });

  it.each([true, false])('reads at an offset what it reads of a copy from there on (64-bit: %s)', (counters64Bit) => {
    const bytes = words(9, 1, 2, 0, 4, 0x200000, 7, 8);
    for (let offset = 0; offset <= bytes.length; offset++) {
      expect(read(bytes, counters64Bit, offset)).toStrictEqual(read(bytes.slice(offset), counters64Bit));
    }
    // By hand: the header that begins with the second word.
    const number = { seconds: 1, subseconds: 2, number: 4 };
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

/** Small ones, and those around 2^31, the wrap of 32 bits and that of the low half later on. */
const numbers = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  ...[2 ** 31, 2 ** 32, 3 * 2 ** 32, 2 ** 48].map((around) => fc.integer({ min: around - 20, max: around + 20 })),
  fc.integer({ min: 1, max: 2 ** 53 - 100 }),
);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('writeDatagramHeaders', () => {
  it.each<[boolean, string]>([
    // 2^32 - 1, 2^32, 2^32 + 1; the low half alone goes on from 0.
    [
      true,
      `eeee 00000001 00000002 00000000ffffffff ee 00000001 00000002 0000000100000000 ee
            00000001 00000002 0000000100000001 ee eeee`,
    ],
    [
      false,
      `eeee 00000001 00000002 ffffffff eeeeeeeeee 00000001 00000002 00000000 eeeeeeeeee
            00000001 00000002 00000001 eeeeeeeeee eeee`,
    ],
  ])('numbers datagrams that lie one behind the other, across the wrap (64-bit: %s)', (counters64Bit, hex) => {
    const bytes = new Uint8Array(2 + 3 * 17 + 2).fill(0xee);
    const header = { seconds: 1, subseconds: 2, number: 2 ** 32 - 1 };
    writeDatagramHeaders(viewOf(bytes), 2, 17, 3, counters64Bit, header);
    expect(Buffer.from(bytes).toString('hex')).toBe(hex.replaceAll(/\s/g, ''));
    expect(header.number).toBe(2 ** 32 - 1);
  });

  it('does what writeDatagramHeader does for each', () => {
    const layouts = fc.record({ offset: fc.nat(9), length: fc.integer({ min: 16, max: 40 }), count: fc.nat(12) });
    const seconds = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(2 ** 32 + 3));
    fc.assert(
      fc.property(layouts, numbers, seconds, fc.boolean(), ({ offset, length, count }, number, at, counters64Bit) => {
        const header = { seconds: at, subseconds: 999_999_999, number };
        const [together, alone] = [new Uint8Array(600).fill(0xa5), new Uint8Array(600).fill(0xa5)];
        writeDatagramHeaders(viewOf(together), offset, length, count, counters64Bit, header);
        for (let i = 0; i < count; i++) {
          writeDatagramHeader(alone, offset + i * length, counters64Bit, { ...header, number: number + i });
        }
        expect(Buffer.from(together).toString('hex')).toBe(Buffer.from(alone).toString('hex'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('datagramRunLength', () => {
  /** One header after the other is read, as long as the numbers go on and the time is the same. */
  const referenceOf = (bytes: Uint8Array, begin: number, length: number, counters64Bit: boolean) => {
    const first = read(bytes, counters64Bit, begin);
    if (typeof first === 'string') throw new Error(`no header: ${first}`);
    for (let count = 1; ; count++) {
      const next = read(bytes, counters64Bit, begin + count * length);
      if (typeof next === 'string' || next.number !== first.number + count) return count;
      if (next.seconds !== first.seconds || next.subseconds !== first.subseconds) return count;
    }
  };

  /** Datagrams of 20 bytes with these numbers and times, the last one cut to `last`. */
  const datagrams = (
    headers: readonly (number | [number: number, seconds: number, subseconds: number])[],
    counters64Bit: boolean,
    last = 20,
  ): Uint8Array => {
    const bytes = new Uint8Array(20 * headers.length).fill(0xff);
    headers.forEach((header, i) => {
      const [number, seconds, subseconds] = typeof header === 'number' ? [header, 1, 2] : header;
      writeDatagramHeader(bytes, 20 * i, counters64Bit, { seconds, subseconds, number });
    });
    return bytes.slice(0, bytes.length - 20 + last);
  };

  /** As a receiver asks: for what follows the header that it has read. */
  const lengthOf = (bytes: Uint8Array, begin: number, end: number, counters64Bit: boolean) => {
    const first = read(bytes, counters64Bit, begin);
    if (typeof first === 'string') throw new Error(`no header: ${first}`);
    return datagramRunLength(viewOf(bytes), begin, end, 20, counters64Bit, first);
  };

  it.each<[string, boolean, (number | [number, number, number])[], number, number]>([
    ['all go on', true, [5, 6, 7], 20, 3],
    ['all go on', false, [5, 6, 7], 20, 3],
    ['one alone', true, [5], 20, 1],
    ['a gap', true, [5, 6, 8, 9], 20, 2],
    ['a duplicate', true, [5, 5, 6], 20, 1],
    ['one that is late', false, [5, 6, 4, 8], 20, 2],
    ['a number that stands 2^32 higher', true, [5, 2 ** 32 + 6], 20, 1],
    ['a number of 0', false, [2 ** 32 - 1, 0], 20, 1],
    [
      'other seconds',
      true,
      [
        [5, 1, 2],
        [6, 1, 2],
        [7, 2, 2],
      ],
      20,
      2,
    ],
    [
      'other subseconds',
      false,
      [
        [5, 1, 2],
        [6, 1, 2],
        [7, 1, 3],
        [8, 1, 2],
      ],
      20,
      2,
    ],
    [
      'times with the top bit set',
      true,
      [
        [5, 0xffffffff, 0x80000000],
        [6, 0xffffffff, 0x80000000],
      ],
      20,
      2,
    ],
    ['a short last one', true, [5, 6, 7], 16, 3],
    ['a short last one', false, [5, 6, 7], 12, 3],
    ['a last one without a header', true, [5, 6, 7], 15, 2],
    ['a last one without a header', false, [5, 6, 7], 11, 2],
    ['across 2^31', false, [2 ** 31 - 1, 2 ** 31], 20, 2],
    ['across 2^32', true, [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1], 20, 3],
    // 32 bits cannot tell 2^32 from 0.
    ['across 2^32', false, [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1], 20, 1],
    ['up to 2^53 - 1', true, [2 ** 53 - 3, 2 ** 53 - 2, 2 ** 53 - 1], 20, 3],
  ])('%s (64-bit: %s): %p', (_, counters64Bit, headers, last, expected) => {
    const bytes = datagrams(headers, counters64Bit, last);
    expect(lengthOf(bytes, 0, bytes.length, counters64Bit)).toBe(expected);
    expect(referenceOf(bytes, 0, 20, counters64Bit)).toBe(expected);
  });

  it('looks from `begin` to `end` alone', () => {
    const bytes = datagrams([5, 6, 7, 8, 9], true);
    // 20 to 80 are 6, 7 and 8; 16 bytes of 8 are enough, 15 are not.
    expect([80, 76, 75, 36].map((end) => lengthOf(bytes, 20, end, true))).toStrictEqual([3, 3, 2, 1]);
    // The view may begin within a buffer.
    expect(lengthOf(bytes.subarray(40), 0, 60, true)).toBe(3);
  });

  it('is what reading the headers one by one gives, at any offset', () => {
    // A step of 0 is the number that goes on.
    const step = fc.oneof(
      { weight: 12, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }) },
      { weight: 1, arbitrary: fc.constantFrom(2 ** 32, -(2 ** 32)) },
    );
    const time = fc.oneof({ weight: 12, arbitrary: fc.constant(7) }, { weight: 1, arbitrary: fc.nat(0xffffffff) });
    const steps = fc.array(fc.tuple(step, time, time), { minLength: 1, maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(
        numbers,
        steps,
        fc.nat(45),
        fc.nat(25),
        fc.boolean(),
        (first, following, begin, short, counters64Bit) => {
          const headers = following.map(([by, seconds, subseconds], i): [number, number, number] => [
            Math.max(1, first + i + by),
            seconds,
            subseconds,
          ]);
          const bytes = Uint8Array.of(...Array(begin).fill(0xff), ...datagrams(headers, counters64Bit));
          const cut = bytes.slice(0, bytes.length - short);
          // Nobody asks behind what is no header; 32 bits of 2^32 are 0, which is none.
          fc.pre(typeof read(cut, counters64Bit, begin) !== 'string');
          expect(lengthOf(cut, begin, cut.length, counters64Bit)).toBe(referenceOf(cut, begin, 20, counters64Bit));
        },
      ),
      { numRuns: 2000 },
    );
  });

  // 2^53 - 1, then 2^53 to 2^53 + 4, which are no numbers of ours (readDatagramHeader): doubles cannot count there.
  it('ends before 2^53', () => {
    const high = [0x1fffff, 0x200000, 0x200000, 0x200000, 0x200000, 0x200000];
    const low = [0xffffffff, 0, 1, 2, 3, 4];
    const bytes = words(...high.flatMap((half, i) => [1, 2, half, low[i]!, 0]));
    expect(referenceOf(bytes, 0, 20, true)).toBe(1);
    expect(lengthOf(bytes, 0, bytes.length, true)).toBe(1);
  });
});
