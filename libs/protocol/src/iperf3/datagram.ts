import { readU32, writeU32 } from '../bytes/integers';
import { layout } from '../bytes/layout';

/**
 * Header of a UDP data packet with 64-bit counters. Plain iperf3 puts microseconds of its monotonic clock in the second
 * field; with the feature `datagrams` it holds nanoseconds of wall time. Numbers start at 1. With
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

export interface DatagramHeader {
  seconds: number;
  subseconds: number;
  /** From 1. */
  number: number;
}

/** Writes the header at the beginning of `bytes`. A peer that did not ask for 64-bit counters gets the low half alone. */
export function writeDatagramHeader(bytes: Uint8Array, counters64Bit: boolean, header: DatagramHeader): void {
  writeU32(bytes, at.seconds, header.seconds % WORD);
  writeU32(bytes, at.subseconds, header.subseconds);
  if (counters64Bit) {
    writeU32(bytes, at.numberHigh, Math.floor(header.number / WORD));
    writeU32(bytes, at.numberLow, header.number % WORD);
  } else {
    writeU32(bytes, at.numberHigh, header.number % WORD);
  }
}

/** Reads a header into `into`, or tells why there is none. Numbers of 2^53 and more are no numbers of ours. */
export function readDatagramHeader(
  bytes: Uint8Array,
  counters64Bit: boolean,
  into: DatagramHeader,
): 'short' | 'number' | undefined {
  if (bytes.length < (counters64Bit ? DATAGRAM_HEADER.size : at.numberLow)) return 'short';
  const first = readU32(bytes, at.numberHigh);
  const number = counters64Bit ? first * WORD + readU32(bytes, at.numberLow) : first;
  if (number === 0 || number > Number.MAX_SAFE_INTEGER) return 'number';
  into.seconds = readU32(bytes, at.seconds);
  into.subseconds = readU32(bytes, at.subseconds);
  into.number = number;
  return undefined;
}
