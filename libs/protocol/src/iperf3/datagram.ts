import { readU32, writeU32 } from '../bytes/integers';
import { layout } from '../bytes/layout';

/**
 * Header of a UDP data packet with 64-bit counters. Plain iperf3 puts microseconds of its monotonic clock in the second
 * field; with the feature `datagrams` it holds nanoseconds of wall time. Numbers start at 1. Between Pathgauges the highest bit of the
 * number marks a datagram of the omitted beginning of a load; those behind it are numbered from 1 again. With
 * 32-bit counters the third field is the whole number, and payload follows it.
 */
export const DATAGRAM_HEADER = layout([
  ['seconds', 4, 'when it was sent'],
  ['subseconds', 4, 'microseconds, or nanoseconds between Pathgauges'],
  ['numberHigh', 4, 'packet number, high half'],
  ['numberLow', 4, 'packet number, low half'],
]);
const at = DATAGRAM_HEADER.offset;
const WORD = 2 ** 32;
/** In the high half of a number. */
const OMITTED = 2 ** 31;

export interface DatagramHeader {
  seconds: number;
  subseconds: number;
  /** From 1. */
  number: number;
  /** It belongs to the beginning of a load that is in no figure. 32-bit counters have no room for the mark. */
  isOmitted: boolean;
}

export const emptyDatagramHeader = (): DatagramHeader => ({ seconds: 0, subseconds: 0, number: 0, isOmitted: false });

/** Writes the header at `offset`. A peer that did not ask for 64-bit counters gets the low half alone. */
export function writeDatagramHeader(
  bytes: Uint8Array,
  offset: number,
  counters64Bit: boolean,
  header: DatagramHeader,
): void {
  writeU32(bytes, offset + at.seconds, header.seconds % WORD);
  writeU32(bytes, offset + at.subseconds, header.subseconds);
  if (counters64Bit) {
    writeU32(bytes, offset + at.numberHigh, Math.floor(header.number / WORD) + markOf(header));
    writeU32(bytes, offset + at.numberLow, header.number % WORD);
  } else {
    writeU32(bytes, offset + at.numberHigh, header.number % WORD);
  }
}

/** Reads the header at `offset` into `into`, or returns why there is none. Numbers of 2^53 and more are refused. */
export function readDatagramHeader(
  bytes: Uint8Array,
  offset: number,
  counters64Bit: boolean,
  into: DatagramHeader,
): 'short' | 'number' | undefined {
  if (bytes.length - offset < (counters64Bit ? DATAGRAM_HEADER.size : at.numberLow)) return 'short';
  const first = readU32(bytes, offset + at.numberHigh);
  const isOmitted = counters64Bit && first >= OMITTED;
  const high = isOmitted ? first - OMITTED : first;
  const number = counters64Bit ? high * WORD + readU32(bytes, offset + at.numberLow) : first;
  if (number === 0 || number > Number.MAX_SAFE_INTEGER) return 'number';
  into.seconds = readU32(bytes, offset + at.seconds);
  into.subseconds = readU32(bytes, offset + at.subseconds);
  into.number = number;
  into.isOmitted = isOmitted;
  return undefined;
}

/**
 * Writes the headers of `count` datagrams of `length` bytes each that lie one behind the other from `offset` on: those of
 * `header`, with consecutive numbers. For the hot path: what `writeDatagramHeader` does, many times.
 */
export function writeDatagramHeaders(
  view: DataView,
  offset: number,
  length: number,
  count: number,
  counters64Bit: boolean,
  header: DatagramHeader,
): void {
  const { seconds, subseconds, number } = header;
  const mark = markOf(header);
  for (let i = 0; i < count; i++) {
    const begin = offset + i * length;
    view.setUint32(begin + at.seconds, seconds);
    view.setUint32(begin + at.subseconds, subseconds);
    if (counters64Bit) {
      view.setUint32(begin + at.numberHigh, Math.floor((number + i) / WORD) + mark);
      view.setUint32(begin + at.numberLow, (number + i) % WORD);
    } else {
      view.setUint32(begin + at.numberHigh, (number + i) % WORD);
    }
  }
}

/**
 * How many datagrams of `length` bytes each, one behind the other in [begin, end), go on from the one at `begin`, whose header
 * is `first`: with the next numbers, and sent at the same moment. The last may be shorter, as long as it has a header. Marked ones,
 * which nobody counts, do not go on.
 */
export function datagramRunLength(
  view: DataView,
  begin: number,
  end: number,
  length: number,
  counters64Bit: boolean,
  first: DatagramHeader,
): number {
  const headerBytes = counters64Bit ? DATAGRAM_HEADER.size : at.numberLow;
  const { seconds, subseconds, number } = first;
  if (first.isOmitted) return 1;
  let count = 1;
  for (let next = begin + length; next + headerBytes <= end; next += length, count++) {
    const its = counters64Bit
      ? view.getUint32(next + at.numberHigh) * WORD + view.getUint32(next + at.numberLow)
      : view.getUint32(next + at.numberHigh);
    const together =
      view.getUint32(next + at.subseconds) === subseconds && view.getUint32(next + at.seconds) === seconds;
    if (its !== number + count || its > Number.MAX_SAFE_INTEGER || !together) break;
  }
  return count;
}

const markOf = ({ isOmitted }: DatagramHeader): number => (isOmitted ? OMITTED : 0);
