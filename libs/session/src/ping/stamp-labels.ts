import { REFLECTOR_PACKET, SENDER_PACKET } from '@pathgauge/protocol';
import type { FlowLabels } from './flow-labels';

const IN_PROBE = SENDER_PACKET.offset.ssid;
/** In its place, which is that of an echo too, or where some reflectors put it. */
const IN_REPLY = [REFLECTOR_PACKET.offset.ssid, REFLECTOR_PACKET.offset.zero];

/** The SSID tells the flows of one peer apart (RFC 8972 section 3). */
export const STAMP_LABELS: FlowLabels = {
  ofProbe: (bytes, begin) => numberAt(bytes, begin + IN_PROBE),
  ofReply: (bytes, place) => (place < IN_REPLY.length ? numberAt(bytes, IN_REPLY[place] as number) : -1),
};

const numberAt = (bytes: Uint8Array, offset: number): number =>
  offset + 2 > bytes.length ? -1 : ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
