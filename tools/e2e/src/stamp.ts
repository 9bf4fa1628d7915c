import type { RemoteInfo } from 'node:dgram';
import { datagramSocket } from './harness';

// STAMP written once more, from RFC 8762 and not from the product, so that the two can disagree.

const UNIX_TO_NTP = 2_208_988_800n;
const BASE_BYTES = 44;

/** Nanoseconds since 1970 as a NTP timestamp of 64 bits. */
export const ntp = (unixNs: bigint): bigint =>
  ((unixNs / 1_000_000_000n + UNIX_TO_NTP) << 32n) | (((unixNs % 1_000_000_000n) << 32n) / 1_000_000_000n);

/** Wall time with a resolution below the millisecond. */
export const wallNs = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));

interface Request {
  sequence: number;
  transmit: bigint;
  errorEstimate: number;
  ssid: number;
}

export function stampRequest(fields: Partial<Request>, tlvs: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(BASE_BYTES);
  bytes.writeUInt32BE(fields.sequence ?? 0, 0);
  bytes.writeBigUInt64BE(fields.transmit ?? ntp(wallNs()), 4);
  bytes.writeUInt16BE(fields.errorEstimate ?? 0x8f84, 12);
  bytes.writeUInt16BE(fields.ssid ?? 0, 14);
  return Buffer.concat([bytes, tlvs]);
}

interface ReplyFields {
  sequence: number;
  /** T2 and T3, nanoseconds since 1970. */
  receiveNs: bigint;
  transmitNs: bigint;
  ssid: number;
}

/** The answer of a STAMP reflector, as long as the request. */
export function stampReply(request: Buffer, fields: Partial<ReplyFields> = {}): Buffer {
  const bytes = Buffer.alloc(request.length);
  const now = wallNs();
  request.copy(bytes, 44, 44);
  bytes.writeUInt32BE(fields.sequence ?? request.readUInt32BE(0), 0);
  bytes.writeBigUInt64BE(ntp(fields.transmitNs ?? now), 4);
  bytes.writeUInt16BE(0x0f84, 12);
  bytes.writeUInt16BE(fields.ssid ?? request.readUInt16BE(14), 14);
  bytes.writeBigUInt64BE(ntp(fields.receiveNs ?? now), 16);
  request.copy(bytes, 24, 0, 4);
  request.copy(bytes, 28, 4, 12);
  request.copy(bytes, 36, 12, 14);
  bytes[40] = 255;
  return bytes;
}

export const readReply = (bytes: Buffer) => ({
  sequence: bytes.readUInt32BE(0),
  transmit: bytes.readBigUInt64BE(4),
  errorEstimate: bytes.readUInt16BE(12),
  ssid: bytes.readUInt16BE(14),
  receive: bytes.readBigUInt64BE(16),
  senderSequence: bytes.readUInt32BE(24),
  senderTransmit: bytes.readBigUInt64BE(28),
  senderErrorEstimate: bytes.readUInt16BE(36),
  zero: bytes.readUInt16BE(38),
  senderTtl: bytes[40],
});

/** What a peer of the test's own does with a request; it may answer often, later, or not at all. */
type Behaviour = (request: Buffer, sequence: number, answer: (bytes: Uint8Array) => void) => void;

/** A UDP peer that behaves as told. Resolves with its port. */
export async function peer(behave: Behaviour): Promise<number> {
  const socket = await datagramSocket((request: Buffer, source: RemoteInfo) => {
    behave(request, request.length >= 4 ? request.readUInt32BE(0) : 0, (bytes) => {
      try {
        socket.send(bytes, source.port, source.address);
      } catch {
        // A delayed answer may find the socket closed at the end of the test.
      }
    });
  });
  return socket.address().port;
}
