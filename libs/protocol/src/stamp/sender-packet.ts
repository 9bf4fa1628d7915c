import type { WallTime } from '@pathgauge/units';
import { readU16, readU32, writeU16, writeU32 } from '../bytes/integers';
import { layout } from '../bytes/layout';
import { formatOf, hasMultiplier } from './error-estimate';
import { ntpSeconds, readTimestamp, writeTimestamp } from './timestamp';

/** STAMP Session-Sender packet, unauthenticated (RFC 8762 section 4.2.1, SSID of RFC 8972 section 3). TLVs follow. */
export const SENDER_PACKET = layout([
  ['sequence', 4, 'Sequence Number, from 0, wraps'],
  ['transmit', 8, 'T1, when the packet was sent'],
  ['errorEstimate', 2, 'how far off the sender clock may be, and the timestamp format'],
  ['ssid', 2, 'Session-Sender Identifier; 0 = plain RFC 8762'],
  ['zero', 28, 'must be zero: room for what the reflector adds'],
]);
const at = SENDER_PACKET.offset;

/**
 * Bytes that a request must have. A reply needs as many, and a reply must not be longer than its request, or a forged source
 * address would be sent more than the attacker spent (RFC 8762 section 4.6 would answer less with a whole base packet).
 */
export const MIN_REQUEST_BYTES = 38;

/** The fields of a request. Mutable, so that a hot path can decode into one and the same. */
export interface SenderPacket {
  sequence: number;
  /** Unix seconds modulo 2^32. */
  transmit: WallTime;
  /** The 16 bits as they are on the wire. */
  errorEstimate: number;
  ssid: number;
}

export const emptySenderPacket = (): SenderPacket => ({
  sequence: 0,
  transmit: { seconds: 0, nanoseconds: 0 },
  errorEstimate: 0,
  ssid: 0,
});

/** Writes the 44 bytes. `bytes` must have room for them; nothing beyond is touched. */
export function writeSenderPacket(bytes: Uint8Array, packet: SenderPacket): void {
  writeU32(bytes, at.sequence, packet.sequence);
  writeTimestamp(bytes, at.transmit, packet.transmit, formatOf(packet.errorEstimate));
  writeU16(bytes, at.errorEstimate, packet.errorEstimate);
  writeU16(bytes, at.ssid, packet.ssid);
  bytes.fill(0, at.zero, SENDER_PACKET.size);
}

/** The number of the request that begins at `offset`. */
export const readSequence = (bytes: Uint8Array, offset: number): number => readU32(bytes, offset + at.sequence);

/** What kept a datagram from being a request. */
export type SenderPacketFault = 'short' | 'corrupt' | 'reply';

/**
 * T2 and T3 of a reflected packet lie this close, though not always by one clock (TAI is 37 s from UTC). In a request the place
 * of T2 is zero, or random padding (TWAMP-Light), which lies as close once in 36 million.
 */
const REPLY_NEARNESS_S = 60;
/** Where a reply has T1, a request has zeros or padding. */
const SENDER_TRANSMIT = at.zero + 12;

/**
 * Reads a request (STAMP, or TWAMP-Light from 38 bytes) into `into`, or returns why it is none. A datagram that looks
 * like a reflector's reply is refused: two reflectors would otherwise play ping-pong for ever with one forged packet.
 */
export function readSenderPacket(bytes: Uint8Array, into: SenderPacket): SenderPacketFault | undefined {
  if (bytes.length < MIN_REQUEST_BYTES) return 'short';
  const errorEstimate = readU16(bytes, at.errorEstimate);
  if (!hasMultiplier(errorEstimate)) return 'corrupt';
  const receiveSeconds = readU32(bytes, at.zero);
  if (receiveSeconds !== 0 && areNear(receiveSeconds, readU32(bytes, at.transmit))) return 'reply';
  into.sequence = readU32(bytes, at.sequence);
  readTimestamp(bytes, at.transmit, formatOf(errorEstimate), into.transmit);
  into.errorEstimate = errorEstimate;
  into.ssid = readU16(bytes, at.ssid);
  return undefined;
}

/**
 * Whether a datagram of `MIN_REQUEST_BYTES` bytes or more gives back an NTP timestamp that was written about `now`, where a reply
 * gives back T1. A reflector recognises by it what answers one of its own replies, whatever the clock of the sender reads.
 */
export function givesBackTime(bytes: Uint8Array, now: WallTime): boolean {
  const seconds = readU32(bytes, SENDER_TRANSMIT);
  return seconds !== 0 && areNear(seconds, ntpSeconds(now));
}

/** Of whole seconds modulo 2^32. */
const areNear = (a: number, b: number): boolean => Math.abs((a - b) | 0) < REPLY_NEARNESS_S;
