import fc from 'fast-check';
import { type RecordHeader, writeRecordHeader } from './record';
import { RecordReader } from './record-reader';

/** Records whose payload would be a bad header, were it ever taken for one. */
const streamOf = (headers: readonly RecordHeader[]): Uint8Array => {
  const bytes = new Uint8Array(headers.reduce((sum, { length }) => sum + length, 0)).fill(0xff);
  let next = 0;
  for (const header of headers) {
    writeRecordHeader(bytes, next, header);
    next += header.length;
  }
  return bytes;
};

/** Cuts where `sizes` say, over and over, the rest of the stream included; a size of 0 is an empty chunk. */
const cut = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  let next = 0;
  for (let i = 0; next < bytes.length; i++) {
    const size = i < sizes.length ? (sizes[i] as number) : (sizes[i % sizes.length] as number) + 1;
    chunks.push(bytes.slice(next, next + size));
    next += size;
  }
  return chunks;
};

const readAll = (chunks: readonly Uint8Array[]) => {
  const records: RecordHeader[] = [];
  const reader = new RecordReader((header) => records.push(structuredClone(header)));
  let fault: string | undefined;
  for (const chunk of chunks) if ((fault = reader.push(chunk)) !== undefined) break;
  return { records, fault, atBoundary: reader.atBoundary };
};

const headers = fc.array(
  fc.record(
    {
      length: fc.integer({ min: 20, max: 90 }),
      last: fc.boolean(),
      isOmitted: fc.boolean(),
      sequence: fc.nat(0xffffffff),
      sent: fc.record({ seconds: fc.nat(0xffffffff), nanoseconds: fc.nat(999_999_999) }, { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 12 },
);
const sizes = fc.array(fc.nat(60), { minLength: 1, maxLength: 20 });

const SENT = { seconds: 1_700_000_000, nanoseconds: 5 };
const record = (length: number, sequence: number): RecordHeader => ({
  length,
  last: false,
  isOmitted: false,
  sequence,
  sent: SENT,
});

describe('RecordReader', () => {
  it('finds the same records however the stream is cut', () => {
    fc.assert(
      fc.property(headers, sizes, (records, where) => {
        expect(readAll(cut(streamOf(records), where))).toStrictEqual({ records, fault: undefined, atBoundary: true });
      }),
      { numRuns: 500 },
    );
  });

  it('finds a record with its last byte, not before, and knows where one ends', () => {
    const stream = streamOf([record(20, 0), record(23, 1), record(45, 2)]);
    const found: number[] = [];
    const boundaries: number[] = [];
    let position = 0;
    const reader = new RecordReader(() => found.push(position));
    for (const byte of stream) {
      position += 1;
      expect(reader.push(Uint8Array.of(byte))).toBeUndefined();
      if (reader.atBoundary) boundaries.push(position);
    }
    // 20, 20 + 23, 20 + 23 + 45
    expect(found).toStrictEqual([20, 43, 88]);
    expect(boundaries).toStrictEqual([20, 43, 88]);
  });

  it('tells how much payload is to come', () => {
    const stream = streamOf([record(20, 0), record(23, 1)]);
    const left: number[] = [];
    const reader = new RecordReader(() => undefined);
    expect(reader.payloadLeft).toBe(0);
    for (const byte of stream) {
      reader.push(Uint8Array.of(byte));
      left.push(reader.payloadLeft);
    }
    // The first has none; the second is known to have 3 with byte 40, the last of its header.
    expect(left).toStrictEqual([...Array(39).fill(0), 3, 2, 1, 0]);
  });

  it('tells of which record that payload is', () => {
    const stream = streamOf([record(23, 4), { ...record(22, 5), isOmitted: true }]);
    const inHand: (number | undefined)[] = [];
    const reader = new RecordReader(() => undefined);
    for (const byte of stream) {
      reader.push(Uint8Array.of(byte));
      inHand.push(reader.inHand?.sequence);
    }
    expect(reader.inHand).toBeUndefined();
    expect(inHand.map((sequence, i) => [i, sequence]).filter(([, sequence]) => sequence !== undefined)).toStrictEqual([
      // Known with the last byte of a header, until the last of its payload has come.
      [19, 4],
      [20, 4],
      [21, 4],
      [42, 5],
      [43, 5],
    ]);
  });

  it('takes payload that was not looked at, up to the end of the record', () => {
    const [first, second] = [streamOf([record(30, 0)]), streamOf([record(21, 1)])];
    const found: number[] = [];
    const reader = new RecordReader(({ sequence }) => found.push(sequence));
    // 20 of header, 1 of payload: 9 of 10 are left.
    reader.push(first.subarray(0, 21));
    expect(reader.payloadLeft).toBe(9);
    reader.skip(4);
    expect([reader.payloadLeft, reader.atBoundary, found]).toStrictEqual([5, false, []]);
    reader.skip(5);
    expect([reader.payloadLeft, reader.atBoundary, found]).toStrictEqual([0, true, [0]]);
    reader.push(second);
    expect([reader.payloadLeft, reader.atBoundary, found]).toStrictEqual([0, true, [0, 1]]);
  });

  it.each([
    ['before the first byte', 0, 1],
    ['within a header', 19, 1],
    ['behind a header, more than its payload', 20, 11],
    ['within the payload, more than the rest', 25, 6],
    ['between two records', 30, 1],
  ])('refuses to skip %s, and goes on as if nothing had been asked', (_, position, count) => {
    const records = [record(30, 0), record(25, 1)];
    const stream = streamOf(records);
    const found: RecordHeader[] = [];
    const reader = new RecordReader((header) => found.push(structuredClone(header)));
    reader.push(stream.subarray(0, position));
    const [before, left] = [found.length, reader.payloadLeft];
    expect(() => reader.skip(count)).toThrow(RangeError);
    expect(() => reader.skip(count)).toThrow(`${count} bytes skipped of ${left}`);
    expect([found.length, reader.payloadLeft]).toStrictEqual([before, left]);
    expect(reader.push(stream.subarray(position))).toBeUndefined();
    expect(found).toStrictEqual(records);
  });

  it('finds the same records, each at the same byte, whatever payload is skipped', () => {
    const moves = fc.array(fc.record({ skips: fc.boolean(), size: fc.integer({ min: 1, max: 50 }) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(headers, moves, (records, how) => {
        const stream = streamOf(records);
        const found: [number, RecordHeader][] = [];
        let position = 0;
        const reader = new RecordReader((header) => found.push([position, structuredClone(header)]));
        for (let i = 0; position < stream.length; i++) {
          const { skips, size } = how[i % how.length]!;
          const skipped = skips ? Math.min(size, reader.payloadLeft) : 0;
          // One record at most ends in a byte by byte push.
          const chunk = skipped > 0 ? skipped : Math.min(size, stream.length - position);
          if (skipped > 0) {
            position += skipped;
            reader.skip(skipped);
          } else {
            for (const byte of stream.subarray(position, position + chunk)) {
              position += 1;
              expect(reader.push(Uint8Array.of(byte))).toBeUndefined();
            }
          }
        }
        let end = 0;
        expect(found).toStrictEqual(records.map((header) => [(end += header.length), header]));
        expect(reader.atBoundary).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the same records when whole chunks are pushed and the rest of the payload is skipped', () => {
    fc.assert(
      fc.property(headers, sizes, fc.array(fc.boolean(), { minLength: 1 }), (records, where, coins) => {
        const stream = streamOf(records);
        const found: RecordHeader[] = [];
        const reader = new RecordReader((header) => found.push(structuredClone(header)));
        let position = 0;
        for (let i = 0; position < stream.length; i++) {
          // Never a chunk of nothing twice.
          const size = (where[i % where.length] as number) + (i < where.length ? 0 : 1);
          const skipped = coins[i % coins.length] ? Math.min(size, reader.payloadLeft) : 0;
          if (skipped > 0) reader.skip(skipped);
          else expect(reader.push(stream.slice(position, position + size))).toBeUndefined();
          position += skipped > 0 ? skipped : size;
        }
        expect({ records: found, atBoundary: reader.atBoundary }).toStrictEqual({ records, atBoundary: true });
      }),
      { numRuns: 500 },
    );
  });

  // Nothing came, so nothing ended.
  it.each([0, 1, 20])('skips nothing behind %d bytes, and calls nobody', (position) => {
    const found: number[] = [];
    const reader = new RecordReader(({ sequence }) => found.push(sequence));
    reader.push(streamOf([record(20, 5)]).subarray(0, position));
    const before = [...found];
    reader.skip(0);
    expect(found).toStrictEqual(before);
  });

  it('stands at a boundary before the first byte', () => {
    expect(readAll([])).toStrictEqual({ records: [], fault: undefined, atBoundary: true });
    expect(readAll([new Uint8Array(0)])).toStrictEqual({ records: [], fault: undefined, atBoundary: true });
  });

  it('counts over the wrap of the sequence number as the sender does', () => {
    const { records } = readAll([streamOf([record(20, 2 ** 32 - 1), record(20, 2 ** 32), record(20, 2 ** 32 + 1)])]);
    expect(records.map(({ sequence }) => sequence)).toStrictEqual([0xffffffff, 0, 1]);
  });

  it.each<[string, number, number[], string]>([
    ['a length of 0', 0, [0, 0, 0, 0], 'length'],
    ['a length of 1', 0, [0, 0, 0, 1], 'length'],
    ['a length of 0xffffffff', 0, [255, 255, 255, 255], 'length'],
    ['a length of 0xfe000000', 0, [254, 0, 0, 0], 'length'],
    ['a length above the limit', 0, [0, 16, 0, 1], 'length'],
    ['a strange type', 4, [2], 'type'],
  ])('stops at %s, the records before it read, however cut', (_, at, bytes, fault) => {
    fc.assert(
      fc.property(headers, sizes, (records, where) => {
        const stream = streamOf([...records, record(40, 9), record(40, 10)]);
        stream.set(bytes, streamOf(records).length + at);
        const result = readAll(cut(stream, where));
        expect(result.fault).toBe(fault);
        expect(result.records).toStrictEqual(records);
      }),
    );
  });

  it('never throws, and fails alike however the bytes are cut', () => {
    const noisy = fc.array(fc.constantFrom(0, 1, 20, 0x10, 0xff), { maxLength: 200 });
    fc.assert(
      fc.property(noisy, sizes, (values, where) => {
        const bytes = Uint8Array.from(values);
        const whole = readAll([bytes]);
        const pieces = readAll(cut(bytes, where));
        expect(pieces.records).toStrictEqual(whole.records);
        expect(pieces.fault).toBe(whole.fault);
      }),
    );
  });
});
