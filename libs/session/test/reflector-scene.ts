import {
  emptyReflectorPacket,
  emptyReplyTlvs,
  encodeErrorEstimate,
  REFLECTOR_PACKET,
  readReflectorPacket,
  readReplyTlvs,
  SENDER_PACKET,
  writeProbeTlvs,
  writeSenderPacket,
} from '@pathgauge/protocol';
import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import type { Endpoint } from '@pathgauge/transport';
import { instant } from '@pathgauge/units';
import { Reflector } from '../src/reflect/reflector';

/** What the sender says of its clock. */
export const errorEstimate = encodeErrorEstimate({ synchronised: false, format: 'ntp', errorNs: 100 });
export const SOURCE: Endpoint = { address: '192.0.2.7', port: 5000 };
export const ARRIVAL = instant(2_000_000_000);

export const setUp = () => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time, { aheadNs: 0, bootedNs: 0, errorNs: 3000 });
  const begun: Endpoint[] = [];
  return { time, clock, begun, reflector: new Reflector(clock, (source) => begun.push(source)) };
};

/** A probe of a session with that SSID. */
export const request = (sequence: number, ssid = 9, length = 64, dscp?: number): Uint8Array => {
  const bytes = new Uint8Array(Math.max(length, SENDER_PACKET.size));
  const transmit = { seconds: 1_700_000_000, nanoseconds: 250_000_000 };
  writeSenderPacket(bytes, { sequence, transmit, errorEstimate, ssid });
  writeProbeTlvs(bytes, SENDER_PACKET.size, dscp);
  return bytes.slice(0, length);
};

/** The reply to a request, read. */
export const answer = (reflector: Reflector, bytes: Uint8Array, source = SOURCE, arrival = ARRIVAL) => {
  expect(reflector.reflect(bytes, source, arrival)).toStrictEqual({ dscp: undefined });
  const packet = emptyReflectorPacket();
  expect(readReflectorPacket(bytes, packet)).toBeUndefined();
  return packet;
};

/** The TLVs of a reply, read. */
export const tlvsOf = (reply: Uint8Array) => {
  const tlvs = emptyReplyTlvs();
  readReplyTlvs(reply, REFLECTOR_PACKET.size, 'ntp', tlvs);
  return tlvs;
};
