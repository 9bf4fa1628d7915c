import type { WallTime } from '@pathgauge/units';
import { readU16, readU32 } from '../bytes/integers';
import { formatOf, hasMultiplier } from '../stamp/error-estimate';
import { REFLECTOR_PACKET } from '../stamp/reflector-packet';
import { SENDER_PACKET, type SenderPacket, writeSenderPacket } from '../stamp/sender-packet';
import { readTimestamp, writeTimestamp } from '../stamp/timestamp';

/** A clock exchange on the control connection: STAMP packets in PTP format, without TLVs. */
export const CLOCK_PACKET_BYTES = REFLECTOR_PACKET.size;

/** Where a request carries T4 of the previous reply, so that both ends hold the same samples; zero in the first. */
const PREVIOUS_ARRIVAL = SENDER_PACKET.offset.zero;

const at = SENDER_PACKET.offset;

/** Writes the 44 bytes of a request. `packet.errorEstimate` must say PTP. */
export function writeClockRequest(
  bytes: Uint8Array,
  packet: SenderPacket,
  previousArrival: WallTime | undefined,
): void {
  writeSenderPacket(bytes, packet);
  if (previousArrival !== undefined) writeTimestamp(bytes, PREVIOUS_ARRIVAL, previousArrival, 'ptp');
}

/** Reads the 44 bytes of a request: T1 into `transmit`, T4 of the previous reply into `previousArrival`. */
export function readClockRequest(
  bytes: Uint8Array,
  transmit: WallTime,
  previousArrival: WallTime,
): 'corrupt' | 'first' | 'next' {
  const errorEstimate = readU16(bytes, at.errorEstimate);
  if (!hasMultiplier(errorEstimate)) return 'corrupt';
  const format = formatOf(errorEstimate);
  readTimestamp(bytes, at.transmit, format, transmit);
  const isFirst = readU32(bytes, PREVIOUS_ARRIVAL) === 0 && readU32(bytes, PREVIOUS_ARRIVAL + 4) === 0;
  if (isFirst) return 'first';
  readTimestamp(bytes, PREVIOUS_ARRIVAL, format, previousArrival);
  return 'next';
}
