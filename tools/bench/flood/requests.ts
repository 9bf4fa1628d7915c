import { encodeErrorEstimate, SENDER_PACKET, writeProbeTlvs, writeSenderPacket } from '@pathgauge/protocol';

export const REQUEST_BYTES = 64;

/** What a server is asked, and how its answer is told from anything else. */
export interface RequestKind {
  /** Writes all of a request but its number. */
  write(request: Uint8Array): void;
  /** Where its number stands, 32 bits. */
  readonly numberAt: number;
  isReply(reply: DataView): boolean;
}

// STAMP: RFC 8762 section 4.3.1, where the reflector puts the time of arrival.
const STAMP_RECEIVED_AT = 16;

// sockperf 3.7, message_parser.h and message.h: a 64-bit number, 16 bits of flags and a 32-bit length, in network order. Its
// server answers what comes from a client and wants an answer, and takes the client's flag out.
const SOCKPERF_FLAGS_AT = 8;
const SOCKPERF_LENGTH_AT = 10;
const SOCKPERF_FROM_CLIENT = 1;
const SOCKPERF_WANTS_REPLY = 2;

export const requestKinds: Readonly<Record<string, RequestKind>> = {
  stamp: {
    write: (request) => {
      const errorEstimate = encodeErrorEstimate({ synchronised: false, format: 'ntp', errorNs: 1000 });
      writeSenderPacket(request, { sequence: 0, transmit: { seconds: 1, nanoseconds: 0 }, errorEstimate, ssid: 1 });
      writeProbeTlvs(request, SENDER_PACKET.size);
    },
    numberAt: 0,
    isReply: (reply) => reply.getUint32(STAMP_RECEIVED_AT) !== 0,
  },
  sockperf: {
    write: (request) => {
      const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
      view.setUint16(SOCKPERF_FLAGS_AT, SOCKPERF_FROM_CLIENT | SOCKPERF_WANTS_REPLY);
      view.setUint32(SOCKPERF_LENGTH_AT, request.length);
    },
    numberAt: 4,
    // An echo comes back as it was.
    isReply: (reply) => (reply.getUint16(SOCKPERF_FLAGS_AT) & SOCKPERF_WANTS_REPLY) !== 0,
  },
};
