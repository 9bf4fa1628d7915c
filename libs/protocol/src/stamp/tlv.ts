import type { WallTime } from '@pathgauge/units';
import { readU16, readU32, writeU16, writeU32 } from '../bytes/integers';
import { layout } from '../bytes/layout';
import { isNoTimestamp, readTimestamp, type TimestampFormat, writeTimestamp } from './timestamp';

/** Type-length-value extensions behind the base packet (RFC 8972 section 4). */
export const TLV_HEADER = layout([
  ['flags', 1, 'U unrecognised, M malformed, I integrity failed'],
  ['type', 1, 'what the value is'],
  ['length', 2, 'bytes of the value'],
]);
const at = TLV_HEADER.offset;

export const TLV_FLAG = { unrecognised: 0x80, malformed: 0x40, integrityFailed: 0x20 } as const;
export const TLV_TYPE = { extraPadding: 1, classOfService: 4, followUpTelemetry: 7 } as const;

/** Bytes of the values (RFC 8972 sections 4.4 and 4.7). */
const CLASS_OF_SERVICE_BYTES = 4;
export const FOLLOW_UP_BYTES = 16;
/** How a Follow-up timestamp was taken: by software on this host (RFC 8972 section 4.3). */
const METHOD_SOFTWARE = 2;
/** The reflector did not use the DSCP that the sender wanted. */
const OTHER_DSCP_USED = 1;
const FOLLOW_UP_SEQUENCE = 0;
const FOLLOW_UP_TIMESTAMP = 4;
const FOLLOW_UP_METHOD = 12;

/** Room that a probe needs behind the base packet to carry a DSCP. */
export const CLASS_OF_SERVICE_ROOM = TLV_HEADER.size + CLASS_OF_SERVICE_BYTES;

/**
 * Fills `bytes` from `from` to its end with what a Pathgauge probe carries behind the base packet: a Class of Service TLV
 * when there is a DSCP, a zeroed Follow-up Telemetry TLV, both where they fit, then Extra Padding. A rest shorter than a TLV
 * header stays zero.
 */
export function writeProbeTlvs(bytes: Uint8Array, from: number, dscp?: number): void {
  bytes.fill(0, from);
  let next = from;
  if (dscp !== undefined && bytes.length - next >= CLASS_OF_SERVICE_ROOM) {
    writeHeader(bytes, next, TLV_TYPE.classOfService, CLASS_OF_SERVICE_BYTES);
    bytes[next + TLV_HEADER.size] = dscp << 2;
    next += CLASS_OF_SERVICE_ROOM;
  }
  if (bytes.length - next >= TLV_HEADER.size + FOLLOW_UP_BYTES) {
    writeHeader(bytes, next, TLV_TYPE.followUpTelemetry, FOLLOW_UP_BYTES);
    next += TLV_HEADER.size + FOLLOW_UP_BYTES;
  }
  if (bytes.length - next >= TLV_HEADER.size) {
    writeHeader(bytes, next, TLV_TYPE.extraPadding, bytes.length - next - TLV_HEADER.size);
  }
}

/** Whether a probe with `room` bytes behind its base packet asks when the reply before left. */
export const asksForFollowUp = (room: number, dscp: number | undefined): boolean =>
  room - (dscp === undefined ? 0 : CLASS_OF_SERVICE_ROOM) >= TLV_HEADER.size + FOLLOW_UP_BYTES;

/** What a reflector knows to put into the TLVs of its reply. */
export interface TlvFacts {
  /** The octet that the request arrived with: DSCP and ECN. Undefined where the system does not show it. */
  trafficClass: number | undefined;
  /** The previous reply of the session, when it is known exactly when that left. */
  followUp: { readonly sequence: number; readonly transmit: WallTime } | undefined;
  /** Of the timestamps of the reply. */
  format: TimestampFormat;
}

/**
 * Turns the TLVs of a request into those of its reply, in place: U is cleared where the type is known and set where it is
 * not; a TLV that runs past the end gets M, and what follows stays as it is (RFC 8972 section 4). Returns the DSCP that the
 * sender wants the reply to have, if any.
 */
export function reflectTlvs(bytes: Uint8Array, from: number, facts: TlvFacts): number | undefined {
  let next = from;
  let wanted: number | undefined;
  while (bytes.length - next >= TLV_HEADER.size) {
    const type = bytes[next + at.type] as number;
    const value = next + TLV_HEADER.size;
    const end = value + readU16(bytes, next + at.length);
    const malformed = end > bytes.length || !hasValidLength(type, end - value);
    const known = isKnown(type, facts);
    bytes[next + at.flags] = (known ? 0 : TLV_FLAG.unrecognised) | (malformed ? TLV_FLAG.malformed : 0);
    if (malformed) return wanted;
    if (known && type === TLV_TYPE.classOfService) wanted = reflectClassOfService(bytes, value, facts);
    if (type === TLV_TYPE.followUpTelemetry) reflectFollowUp(bytes, value, facts);
    next = end;
  }
  return wanted;
}

/** Where the system does not show the traffic class, the reflector says nothing about it. */
const isKnown = (type: number, { trafficClass }: TlvFacts): boolean =>
  type === TLV_TYPE.extraPadding ||
  type === TLV_TYPE.followUpTelemetry ||
  (type === TLV_TYPE.classOfService && trafficClass !== undefined);

const hasValidLength = (type: number, length: number): boolean =>
  type === TLV_TYPE.followUpTelemetry
    ? length === FOLLOW_UP_BYTES
    : type !== TLV_TYPE.classOfService || length === CLASS_OF_SERVICE_BYTES;

/** DSCP wanted, DSCP and ECN as received; every DSCP is granted. Returns the wanted one. */
function reflectClassOfService(bytes: Uint8Array, value: number, { trafficClass = 0 }: TlvFacts): number {
  const wanted = (bytes[value] as number) >>> 2;
  const received = trafficClass >>> 2;
  bytes[value] = (wanted << 2) | (received >>> 4);
  bytes[value + 1] = ((received & 0xf) << 4) | ((trafficClass & 3) << 2);
  bytes.fill(0, value + 2, value + CLASS_OF_SERVICE_BYTES);
  return wanted;
}

/** An all-zero value says that nothing is known. */
function reflectFollowUp(bytes: Uint8Array, value: number, { followUp, format }: TlvFacts): void {
  bytes.fill(0, value, value + FOLLOW_UP_BYTES);
  if (followUp === undefined) return;
  writeU32(bytes, value + FOLLOW_UP_SEQUENCE, followUp.sequence);
  writeTimestamp(bytes, value + FOLLOW_UP_TIMESTAMP, followUp.transmit, format);
  bytes[value + FOLLOW_UP_METHOD] = METHOD_SOFTWARE;
}

/** What a reply says in its TLVs. Mutable, so that a hot path can decode into one and the same. */
export interface ReplyTlvs {
  /** Whether there is a Class of Service that the reflector understood, and what it says. */
  hasClassOfService: boolean;
  /** As the request arrived. */
  dscp: number;
  ecn: number;
  /** Whether the reply was sent with the DSCP that was asked for. */
  dscpGranted: boolean;
  /** Whether the reflector knows what a Follow-up is. */
  knowsFollowUp: boolean;
  /** Whether there is a Follow-up: when the reply with this number left. */
  hasFollowUp: boolean;
  followUpSequence: number;
  readonly followUpTransmit: WallTime;
}

export const emptyReplyTlvs = (): ReplyTlvs => ({
  hasClassOfService: false,
  dscp: 0,
  ecn: 0,
  dscpGranted: false,
  knowsFollowUp: false,
  hasFollowUp: false,
  followUpSequence: 0,
  followUpTransmit: { seconds: 0, nanoseconds: 0 },
});

/** Reads the TLVs of a reply from `from` on. What is malformed, or was not understood by the reflector, is passed over. */
export function readReplyTlvs(bytes: Uint8Array, from: number, format: TimestampFormat, into: ReplyTlvs): void {
  into.hasClassOfService = false;
  into.knowsFollowUp = false;
  into.hasFollowUp = false;
  let next = from;
  while (bytes.length - next >= TLV_HEADER.size) {
    const flags = bytes[next + at.flags] as number;
    const type = bytes[next + at.type] as number;
    const value = next + TLV_HEADER.size;
    const end = value + readU16(bytes, next + at.length);
    if (end > bytes.length || (flags & TLV_FLAG.malformed) !== 0) return;
    if ((flags & TLV_FLAG.unrecognised) === 0 && hasValidLength(type, end - value)) {
      if (type === TLV_TYPE.classOfService) readClassOfService(bytes, value, into);
      else if (type === TLV_TYPE.followUpTelemetry) readFollowUp(bytes, value, format, into);
    }
    next = end;
  }
}

function readClassOfService(bytes: Uint8Array, value: number, into: ReplyTlvs): void {
  const second = bytes[value + 1] as number;
  into.hasClassOfService = true;
  into.dscp = (((bytes[value] as number) & 3) << 4) | (second >>> 4);
  into.ecn = (second >>> 2) & 3;
  into.dscpGranted = (second & 3) !== OTHER_DSCP_USED;
}

function readFollowUp(bytes: Uint8Array, value: number, format: TimestampFormat, into: ReplyTlvs): void {
  into.knowsFollowUp = true;
  if (isNoTimestamp(bytes, value + FOLLOW_UP_TIMESTAMP)) return;
  into.hasFollowUp = true;
  into.followUpSequence = readU32(bytes, value + FOLLOW_UP_SEQUENCE);
  readTimestamp(bytes, value + FOLLOW_UP_TIMESTAMP, format, into.followUpTransmit);
}

function writeHeader(bytes: Uint8Array, offset: number, type: number, length: number): void {
  bytes[offset + at.flags] = TLV_FLAG.unrecognised;
  bytes[offset + at.type] = type;
  writeU16(bytes, offset + at.length, length);
}
