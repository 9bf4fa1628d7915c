import { type RecordHeader, RecordReader } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import { RecordChunk } from './record-chunk';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 5, errorNs: 0, synchronisedToNs: undefined });

function recordsOf(bytes: Uint8Array): RecordHeader[] {
  const records: RecordHeader[] = [];
  const reader = new RecordReader((header) => records.push({ ...header, sent: { ...header.sent } }));
  expect(reader.push(bytes)).toBeUndefined();
  expect(reader.atBoundary).toBe(true);
  return records;
}

describe('RecordChunk', () => {
  it.each([
    // 512 KiB, of one at the least and 8192 at the most.
    ['the smallest', 20, 8192],
    ['usual', 131_072, 4],
    ['the largest', 1_048_576, 1],
  ])('holds so many of %s records', (_, length, messages) => {
    expect(new RecordChunk(length, WALL, Number.POSITIVE_INFINITY).messages).toBe(messages);
  });

  it('holds no more than are ever written together', () => {
    expect(new RecordChunk(1024, WALL, 2).messages).toBe(2);
  });

  it('numbers records from 0 on, all with one wall time; the last one of the stream is marked', () => {
    const chunk = new RecordChunk(100, WALL, Number.POSITIVE_INFINITY);
    const record = { length: 100, isOmitted: false, sent: { seconds: 1_700_000_003, nanoseconds: 12 } };
    expect(recordsOf(chunk.write(4, 2, instant(3e9 + 7), false, 100))).toStrictEqual([
      { ...record, sequence: 4, last: false },
      { ...record, sequence: 5, last: false },
    ]);
    expect(recordsOf(chunk.write(6, 2, instant(3e9 + 7), true, 100))).toStrictEqual([
      { ...record, sequence: 6, last: false },
      { ...record, sequence: 7, last: true },
    ]);
    // A mark is gone with the next chunk.
    expect(recordsOf(chunk.write(8, 2, instant(4e9), false, 100)).map(({ last }) => last)).toStrictEqual([
      false,
      false,
    ]);
  });

  it('wraps numbers at 32 bits', () => {
    const chunk = new RecordChunk(100, WALL, Number.POSITIVE_INFINITY);
    const numbers = recordsOf(chunk.write(2 ** 32 - 1, 3, instant(1e9), false, 100)).map(({ sequence }) => sequence);
    expect(numbers).toStrictEqual([2 ** 32 - 1, 0, 1]);
  });

  it('has no headers in plain blocks: their bytes never change', () => {
    const chunk = new RecordChunk(100, undefined, Number.POSITIVE_INFINITY);
    const before = chunk.write(0, 3, instant(1e9), false, 100).slice();
    expect(before).toHaveLength(300);
    expect(chunk.write(3, 3, instant(2e9), true, 100)).toStrictEqual(before);
  });

  it('has a payload of digits where it is to repeat', () => {
    const chunk = new RecordChunk(100, undefined, 1, true);
    expect(new TextDecoder().decode(chunk.write(0, 1, instant(1e9), false, 100))).toBe('0123456789'.repeat(10));
  });
});
