import { readU16, writeU16 } from '../bytes/integers';
import { layout } from '../bytes/layout';

/** Type-length-value extensions behind the base packet (RFC 8972 section 4). */
export const TLV_HEADER = layout([
  ['flags', 1, 'U unrecognised, M malformed, I integrity failed'],
  ['type', 1, 'what the value is'],
  ['length', 2, 'bytes of the value'],
]);
const at = TLV_HEADER.offset;

export const TLV_FLAG = { unrecognised: 0x80, malformed: 0x40, integrityFailed: 0x20 } as const;
export const TLV_TYPE = { extraPadding: 1, followUpTelemetry: 7 } as const;

/** Bytes of the Follow-up Telemetry value (RFC 8972 section 4.7). */
export const FOLLOW_UP_BYTES = 16;

/**
 * Fills `bytes` from `from` to its end with what a Pathgauge probe carries behind the base packet: a zeroed Follow-up
 * Telemetry TLV where it fits, then Extra Padding. A rest shorter than a TLV header stays zero.
 */
export function writeProbeTlvs(bytes: Uint8Array, from: number): void {
  bytes.fill(0, from);
  let next = from;
  if (bytes.length - next >= TLV_HEADER.size + FOLLOW_UP_BYTES) {
    writeHeader(bytes, next, TLV_TYPE.followUpTelemetry, FOLLOW_UP_BYTES);
    next += TLV_HEADER.size + FOLLOW_UP_BYTES;
  }
  if (bytes.length - next >= TLV_HEADER.size) {
    writeHeader(bytes, next, TLV_TYPE.extraPadding, bytes.length - next - TLV_HEADER.size);
  }
}

/**
 * Marks the TLVs of a request as a reflector must before it sends them back: U is cleared where the type is known and
 * set where it is not; a TLV that runs past the end gets M, and what follows stays as it is (RFC 8972 section 4).
 */
export function markReflectedTlvs(bytes: Uint8Array, from: number): void {
  let next = from;
  while (bytes.length - next >= TLV_HEADER.size) {
    const type = bytes[next + at.type];
    const end = next + TLV_HEADER.size + readU16(bytes, next + at.length);
    const known = type === TLV_TYPE.extraPadding || type === TLV_TYPE.followUpTelemetry;
    const malformed =
      end > bytes.length || (type === TLV_TYPE.followUpTelemetry && end - next !== TLV_HEADER.size + FOLLOW_UP_BYTES);
    bytes[next + at.flags] = (known ? 0 : TLV_FLAG.unrecognised) | (malformed ? TLV_FLAG.malformed : 0);
    if (malformed) return;
    // No exact transmit time is known to this reflector: an all-zero value says so.
    if (type === TLV_TYPE.followUpTelemetry) bytes.fill(0, next + TLV_HEADER.size, end);
    next = end;
  }
}

function writeHeader(bytes: Uint8Array, offset: number, type: number, length: number): void {
  bytes[offset + at.flags] = TLV_FLAG.unrecognised;
  bytes[offset + at.type] = type;
  writeU16(bytes, offset + at.length, length);
}
