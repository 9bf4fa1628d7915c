import {
  CLASS_OF_SERVICE_ROOM,
  DATAGRAM_HEADER,
  FOLLOW_UP_BYTES,
  MAX_RECORD_BYTES,
  RECORD_HEADER,
  SENDER_PACKET,
  TLV_HEADER,
  UDP_LENGTH,
} from '@pathgauge/protocol';

/** How long a message may be, in bytes, its header included. */
interface LengthBounds {
  readonly min: number;
  readonly max: number;
}

/** UDP payload of a probe. */
export const PROBE_BYTES: LengthBounds = { min: SENDER_PACKET.size, max: UDP_LENGTH.max };
/** The probe that is sent unless asked otherwise: room for one Follow-up Telemetry TLV. */
export const DEFAULT_PROBE_BYTES = SENDER_PACKET.size + TLV_HEADER.size + FOLLOW_UP_BYTES;
/** The same with room for a Class of Service TLV, for probes that are marked. */
export const DEFAULT_MARKED_PROBE_BYTES = DEFAULT_PROBE_BYTES + CLASS_OF_SERVICE_ROOM;
/** UDP payload of a load test. */
export const DATAGRAM_BYTES: LengthBounds = { min: DATAGRAM_HEADER.size, max: UDP_LENGTH.max };
/** Record of a TCP load test. */
export const RECORD_BYTES: LengthBounds = { min: RECORD_HEADER.size, max: MAX_RECORD_BYTES };
