import type { WallTime } from '@pathgauge/units';
import { readU32, writeU32 } from '../bytes/integers';
import { layout } from '../bytes/layout';

/** A message of a TCP load stream: this header, then payload to the length given. Big-endian. */
export const RECORD_HEADER = layout([
  ['length', 4, 'bytes of the whole record, this header included'],
  ['type', 1, '1 data'],
  ['flags', 1, 'bit 0: the last record of the stream; bit 1: of the omitted beginning'],
  ['zero', 2, 'must be zero'],
  ['sequence', 4, 'from 0, wraps'],
  ['seconds', 4, 'when it was sent: Unix seconds'],
  ['nanoseconds', 4, 'below 1e9'],
]);
const at = RECORD_HEADER.offset;

const TYPE_DATA = 1;
const FLAG_LAST = 1;
const FLAG_OMITTED = 2;

/** Longest record: what iperf3 allows for one block. */
export const MAX_RECORD_BYTES = 1_048_576;

/** The fields of a header. Mutable, so that a hot path can decode into one and the same. */
export interface RecordHeader {
  length: number;
  last: boolean;
  /** It belongs to the beginning of a load that is in no figure. Those behind it are numbered from 0 again. */
  isOmitted: boolean;
  sequence: number;
  sent: WallTime;
}

export const emptyRecordHeader = (): RecordHeader => ({
  length: 0,
  last: false,
  isOmitted: false,
  sequence: 0,
  sent: { seconds: 0, nanoseconds: 0 },
});

/** Writes the 20 bytes at `offset`. */
export function writeRecordHeader(bytes: Uint8Array, offset: number, header: RecordHeader): void {
  writeU32(bytes, offset + at.length, header.length);
  bytes[offset + at.type] = TYPE_DATA;
  bytes[offset + at.flags] = (header.last ? FLAG_LAST : 0) | (header.isOmitted ? FLAG_OMITTED : 0);
  bytes.fill(0, offset + at.zero, offset + at.sequence);
  writeU32(bytes, offset + at.sequence, header.sequence);
  writeU32(bytes, offset + at.seconds, header.sent.seconds % 2 ** 32);
  writeU32(bytes, offset + at.nanoseconds, header.sent.nanoseconds);
}

/** Reads the 20 bytes at `offset`, which must be there. What no sender would write is named. */
export function readRecordHeader(bytes: Uint8Array, offset: number, into: RecordHeader): 'length' | 'type' | undefined {
  const length = readU32(bytes, offset + at.length);
  if (length < RECORD_HEADER.size || length > MAX_RECORD_BYTES) return 'length';
  if (bytes[offset + at.type] !== TYPE_DATA) return 'type';
  into.length = length;
  const flags = bytes[offset + at.flags] as number;
  into.last = (flags & FLAG_LAST) !== 0;
  into.isOmitted = (flags & FLAG_OMITTED) !== 0;
  into.sequence = readU32(bytes, offset + at.sequence);
  into.sent.seconds = readU32(bytes, offset + at.seconds);
  into.sent.nanoseconds = readU32(bytes, offset + at.nanoseconds);
  return undefined;
}
