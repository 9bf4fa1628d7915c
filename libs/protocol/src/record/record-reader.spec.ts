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
      sequence: fc.nat(0xffffffff),
      sent: fc.record({ seconds: fc.nat(0xffffffff), nanoseconds: fc.nat(999_999_999) }, { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 12 },
);
const sizes = fc.array(fc.nat(60), { minLength: 1, maxLength: 20 });

const SENT = { seconds: 1_700_000_000, nanoseconds: 5 };
const record = (length: number, sequence: number): RecordHeader => ({ length, last: false, sequence, sent: SENT });

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
