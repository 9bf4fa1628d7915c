import type { WallTime } from '@pathgauge/units';
import { readU16, readU32, writeU16, writeU32 } from '../bytes/integers';
import { layout } from '../bytes/layout';
import { formatOf, hasMultiplier } from './error-estimate';
import { SENDER_PACKET } from './sender-packet';
import { isNoTimestamp, readTimestamp, writeTimestamp } from './timestamp';

/** STAMP Session-Reflector packet, unauthenticated (RFC 8762 section 4.3.1). TLVs follow, copied from the request. */
export const REFLECTOR_PACKET = layout([
  ['sequence', 4, "the reflector's own count in this session; a stateless one copies the sender's"],
  ['transmit', 8, 'T3, when the reply was sent'],
  ['errorEstimate', 2, 'how far off the reflector clock may be, and the timestamp format'],
  ['ssid', 2, 'copied from the request'],
  ['receive', 8, 'T2, when the request arrived'],
  ['senderSequence', 4, 'copied from the request'],
  ['senderTransmit', 8, 'T1, copied verbatim'],
  ['senderErrorEstimate', 2, 'copied from the request'],
  ['zero', 2, 'must be zero; some reflectors put the SSID here'],
  ['senderTtl', 1, 'TTL or hop limit the request arrived with'],
  ['zeroTail', 3, 'must be zero'],
]);
const at = REFLECTOR_PACKET.offset;
const sender = SENDER_PACKET.offset;

/**
 * A TWAMP reply ends after the sender's TTL (RFC 5357 section 4.2.1). Some reflectors end theirs before it, or leave out what
 * lies between. What the sender wrote is there in all of them.
 */
const MIN_REPLY_BYTES = at.zero;

/** Stands for the hop limit of a request that the reflector's system does not show. */
export const UNKNOWN_HOP_LIMIT = 255;

/** Whether `senderTtl` is a hop limit. No packet arrives with 0; some reflectors leave that there. */
export const isHopLimit = (senderTtl: number): boolean => senderTtl !== 0 && senderTtl !== UNKNOWN_HOP_LIMIT;

/** The fields of a reply. Mutable, so that a hot path can decode into one and the same. */
export interface ReflectorPacket {
  sequence: number;
  transmit: WallTime;
  errorEstimate: number;
  ssid: number;
  receive: WallTime;
  senderSequence: number;
  /** Whether both `transmit` and `receive` are there: a reflector without a clock leaves them zero. */
  hasTimes: boolean;
  /** In the format of `senderErrorEstimate`. */
  senderTransmit: WallTime;
  senderErrorEstimate: number;
  /** The two bytes after it, where some reflectors put the SSID; 0 in a reply that ends before them. */
  alternativeSsid: number;
  /** 0 in a reply that ends before it. See `isHopLimit`. */
  senderTtl: number;
}

export const emptyReflectorPacket = (): ReflectorPacket => ({
  sequence: 0,
  transmit: { seconds: 0, nanoseconds: 0 },
  errorEstimate: 0,
  ssid: 0,
  receive: { seconds: 0, nanoseconds: 0 },
  hasTimes: false,
  senderSequence: 0,
  senderTransmit: { seconds: 0, nanoseconds: 0 },
  senderErrorEstimate: 0,
  alternativeSsid: 0,
  senderTtl: 0,
});

/** What a reflector adds to a request. */
export interface Reflection {
  sequence: number;
  /** T3 and T2. */
  transmit: WallTime;
  receive: WallTime;
  errorEstimate: number;
  /** 255 where the system does not show it. */
  ttl: number;
}

/**
 * Turns the request in `bytes` into its reply, in place: T1, number and estimate of the sender move to their places,
 * then the reflector's own fields are written. The reply has the length of the request, 38 bytes at least:
 * what does not fit is left out.
 */
export function reflectInPlace(bytes: Uint8Array, reflection: Reflection): void {
  bytes.copyWithin(at.senderTransmit, sender.transmit, sender.errorEstimate);
  bytes.copyWithin(at.senderSequence, sender.sequence, sender.sequence + 4);
  bytes.copyWithin(at.senderErrorEstimate, sender.errorEstimate, sender.errorEstimate + 2);
  const format = formatOf(reflection.errorEstimate);
  writeU32(bytes, at.sequence, reflection.sequence);
  writeTimestamp(bytes, at.transmit, reflection.transmit, format);
  writeU16(bytes, at.errorEstimate, reflection.errorEstimate);
  writeTimestamp(bytes, at.receive, reflection.receive, format);
  // A Buffer, as Node hands datagrams up, throws where an end lies behind its own.
  bytes.fill(0, at.zero, Math.min(REFLECTOR_PACKET.size, bytes.length));
  if (bytes.length > at.senderTtl) bytes[at.senderTtl] = reflection.ttl;
}

/** Reads a reply (STAMP, or TWAMP-Light from 38 bytes) into `into`, or returns why it is none. */
export function readReflectorPacket(bytes: Uint8Array, into: ReflectorPacket): 'short' | 'corrupt' | undefined {
  if (bytes.length < MIN_REPLY_BYTES) return 'short';
  into.errorEstimate = readU16(bytes, at.errorEstimate);
  if (!hasMultiplier(into.errorEstimate)) return 'corrupt';
  const format = formatOf(into.errorEstimate);
  into.sequence = readU32(bytes, at.sequence);
  readTimestamp(bytes, at.transmit, format, into.transmit);
  into.ssid = readU16(bytes, at.ssid);
  readTimestamp(bytes, at.receive, format, into.receive);
  into.hasTimes = !isNoTimestamp(bytes, at.transmit) && !isNoTimestamp(bytes, at.receive);
  into.senderSequence = readU32(bytes, at.senderSequence);
  into.senderErrorEstimate = readU16(bytes, at.senderErrorEstimate);
  readTimestamp(bytes, at.senderTransmit, formatOf(into.senderErrorEstimate), into.senderTransmit);
  into.alternativeSsid = bytes.length < at.senderTtl ? 0 : readU16(bytes, at.zero);
  into.senderTtl = bytes[at.senderTtl] ?? 0;
  return undefined;
}
