import fc from 'fast-check';
import { read, words } from '../../test/datagrams';
import { datagramRunLength, writeDatagramHeader, writeDatagramHeaders } from './datagram';

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
    const header = { seconds: 1, subseconds: 2, number: 2 ** 32 - 1, isOmitted: false };
    writeDatagramHeaders(viewOf(bytes), 2, 17, 3, counters64Bit, header);
    expect(Buffer.from(bytes).toString('hex')).toBe(hex.replaceAll(/\s/g, ''));
    expect(header.number).toBe(2 ** 32 - 1);
  });

  it('does what writeDatagramHeader does for each', () => {
    const layouts = fc.record({ offset: fc.nat(9), length: fc.integer({ min: 16, max: 40 }), count: fc.nat(12) });
    const seconds = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(2 ** 32 + 3));
    fc.assert(
      fc.property(layouts, numbers, seconds, fc.boolean(), ({ offset, length, count }, number, at, counters64Bit) => {
        const header = { seconds: at, subseconds: 999_999_999, number, isOmitted: number % 2 === 0 };
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
      writeDatagramHeader(bytes, 20 * i, counters64Bit, { seconds, subseconds, number, isOmitted: false });
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

  it('does not go on from a marked one, nor to one', () => {
    const bytes = datagrams([5, 6, 7], true);
    const marked = Uint8Array.from(bytes);
    for (const begin of [0, 20]) marked[begin + 8] = 0x80;
    // 5 and 6 marked, 7 not.
    expect(lengthOf(marked, 0, 60, true)).toBe(1);
    expect(lengthOf(marked, 20, 60, true)).toBe(1);
    // 5 not marked, 6 marked.
    marked[8] = 0;
    expect(lengthOf(marked, 0, 60, true)).toBe(1);
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
