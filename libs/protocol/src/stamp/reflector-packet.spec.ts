import fc from 'fast-check';
import { fromHex, toHex } from '../../test/hex';
import {
  emptyReflectorPacket,
  isHopLimit,
  REFLECTOR_PACKET,
  readReflectorPacket,
  reflectInPlace,
} from './reflector-packet';
import { emptySenderPacket, readSenderPacket, writeSenderPacket } from './sender-packet';

const read = (bytes: Uint8Array) => {
  const packet = emptyReflectorPacket();
  const fault = readReflectorPacket(bytes, packet);
  return fault ?? packet;
};

// RFC 8762 section 4.3.1 by hand: T1 = Unix 1 700 000 000.5, T2 = T1 + 2^-7 s, T3 = T2 + 2^-12 s, TTL 255.
const REQUEST = fromHex(`00000007 e8fe6f80 80000000 8f84 1234 ${'00'.repeat(28)}`);
const REPLY = fromHex(
  '00000007 e8fe6f80 82100000 8f84 1234 e8fe6f80 82000000 00000007 e8fe6f80 80000000 8f84 0000 ff 000000',
);
const SECONDS = 1_700_000_000;
const REFLECTION = {
  sequence: 7,
  // 0.5 + 2^-7 + 2^-12 = 0.508056640625 s: the fraction of a nanosecond makes the NTP fraction come out even.
  transmit: { seconds: SECONDS, nanoseconds: 508_056_640.625 },
  receive: { seconds: SECONDS, nanoseconds: 507_812_500 },
  errorEstimate: 0x8f84,
  ttl: 255,
};

const wallTimes = fc.record(
  { seconds: fc.nat(0xffffffff), nanoseconds: fc.nat(999_999_999) },
  { noNullPrototype: true },
);
const estimates = fc.nat(0xffff).filter((bits) => (bits & 0xff) !== 0);
const requests = fc.record({
  sequence: fc.nat(0xffffffff),
  transmit: wallTimes,
  errorEstimate: estimates,
  ssid: fc.nat(0xffff),
});
const reflections = fc.record({
  sequence: fc.nat(0xffffffff),
  transmit: wallTimes,
  receive: wallTimes,
  errorEstimate: estimates,
  ttl: fc.nat(255),
});

describe('the layout of a reflector packet', () => {
  it('is that of RFC 8762 section 4.3.1', () => {
    expect(REFLECTOR_PACKET.offset).toStrictEqual({
      sequence: 0,
      transmit: 4,
      errorEstimate: 12,
      ssid: 14,
      receive: 16,
      senderSequence: 24,
      senderTransmit: 28,
      senderErrorEstimate: 36,
      zero: 38,
      senderTtl: 40,
      zeroTail: 41,
    });
    expect(REFLECTOR_PACKET.size).toBe(44);
  });
});

describe('reflectInPlace', () => {
  it('makes the reply of the request', () => {
    const bytes = REQUEST.slice();
    reflectInPlace(bytes, REFLECTION);
    expect(toHex(bytes)).toBe(toHex(REPLY));
  });

  it('has a number, a format and an estimate of its own', () => {
    const bytes = REQUEST.slice();
    // 508 000 000 = 0x1e477700, 507 812 500 = 0x1e449a94
    const transmit = { seconds: SECONDS, nanoseconds: 508_000_000 };
    reflectInPlace(bytes, { ...REFLECTION, sequence: 3, transmit, errorEstimate: 0x4001, ttl: 61 });
    const expected = fromHex(
      '00000003 6553f100 1e477700 4001 1234 6553f100 1e449a94 00000007 e8fe6f80 80000000 8f84 0000 3d 000000',
    );
    expect(toHex(bytes)).toBe(toHex(expected));
  });

  it.each([38, 39, 40, 41, 42, 43, 44, 48])(
    'keeps the length of a request of %d bytes, and what lies behind the packet',
    (length) => {
      const bytes = new Uint8Array(length).fill(0xa5);
      bytes.set(REQUEST.subarray(0, 16));
      reflectInPlace(bytes, REFLECTION);
      expect(toHex(bytes)).toBe(toHex(Uint8Array.of(...REPLY, 0xa5, 0xa5, 0xa5, 0xa5).subarray(0, length)));
    },
  );

  it('wraps its own sequence number', () => {
    const bytes = REQUEST.slice();
    reflectInPlace(bytes, { ...REFLECTION, sequence: 2 ** 32 + 1 });
    expect(toHex(bytes.subarray(0, 4))).toBe('00000001');
  });

  it('gives back what the sender sent and what the reflector saw, whatever stood in the zeros', () => {
    fc.assert(
      fc.property(
        requests,
        reflections,
        fc.uint8Array({ minLength: 28, maxLength: 28 }),
        (request, reflection, rest) => {
          const bytes = new Uint8Array(44);
          writeSenderPacket(bytes, request);
          const sent = toHex(bytes);
          bytes.set(rest, 16);
          reflectInPlace(bytes, reflection);
          expect(read(bytes)).toStrictEqual({
            sequence: reflection.sequence,
            transmit: reflection.transmit,
            errorEstimate: reflection.errorEstimate,
            ssid: request.ssid,
            receive: reflection.receive,
            senderSequence: request.sequence,
            // Octets 4..11 and 16..23.
            hasTimes: ![toHex(bytes.subarray(4, 12)), toHex(bytes.subarray(16, 24))].includes('0'.repeat(16)),
            senderTransmit: request.transmit,
            senderErrorEstimate: request.errorEstimate,
            alternativeSsid: 0,
            senderTtl: reflection.ttl,
          });
          // Octets 0..13 of the request, verbatim.
          expect(toHex(bytes.subarray(24, 38))).toBe(sent.slice(0, 28));
          expect(toHex(bytes.subarray(41))).toBe('000000');
        },
      ),
    );
  });

  it('makes a reply that no reflector takes for a request', () => {
    fc.assert(
      fc.property(requests, reflections, fc.nat(59), (request, reflection, held) => {
        const { seconds } = reflection.transmit;
        // Second 0 of an era stands on the wire as 0, which is also what a request has there.
        const receive = { seconds: (seconds + 2 ** 32 - held) % 2 ** 32, nanoseconds: 0 };
        const bytes = new Uint8Array(44);
        writeSenderPacket(bytes, request);
        reflectInPlace(bytes, { ...reflection, receive });
        const isZero = toHex(bytes.subarray(16, 20)) === '00000000';
        expect(readSenderPacket(bytes, emptySenderPacket())).toBe(isZero ? undefined : 'reply');
      }),
    );
  });
});

describe('isHopLimit', () => {
  it.each([
    [0, false],
    [1, true],
    [64, true],
    [254, true],
    // RFC 8762 section 4.3.1: what a system writes that does not know it.
    [255, false],
  ])('of %d: %p', (ttl, expected) => {
    expect(isHopLimit(ttl)).toBe(expected);
  });
});

describe('readReflectorPacket', () => {
  // T3 is 508 056 640.625 ns, rounded.
  const decodedReply = {
    sequence: 7,
    transmit: { seconds: SECONDS, nanoseconds: 508_056_641 },
    errorEstimate: 0x8f84,
    ssid: 0x1234,
    receive: { seconds: SECONDS, nanoseconds: 507_812_500 },
    senderSequence: 7,
    hasTimes: true,
    senderTransmit: { seconds: SECONDS, nanoseconds: 500_000_000 },
    senderErrorEstimate: 0x8f84,
    alternativeSsid: 0,
    senderTtl: 255,
  };

  it.each<[string, Uint8Array, unknown]>([
    ['STAMP', REPLY, decodedReply],
    ['TWAMP-Light, 41 bytes', REPLY.subarray(0, 41), decodedReply],
    // What twampy's responder sends to 14 bytes: T2 and T3, then the request, and nothing behind it.
    ['TWAMP, 38 bytes', REPLY.subarray(0, 38), { ...decodedReply, senderTtl: 0 }],
    ['TWAMP, 39 bytes', REPLY.subarray(0, 39), { ...decodedReply, senderTtl: 0 }],
    ['TWAMP, 40 bytes', REPLY.subarray(0, 40), { ...decodedReply, senderTtl: 0 }],
    ['with TLVs behind it', Uint8Array.of(...REPLY, 0, 1, 0, 0), decodedReply],
    [
      'a reflector that puts the SSID behind the estimate',
      fromHex('00000007 e8fe6f80 82100000 8f84 0000 e8fe6f80 82000000 00000007 e8fe6f80 80000000 8f84 1234 ff 000000'),
      { ...decodedReply, ssid: 0, alternativeSsid: 0x1234 },
    ],
    // Seen in the field: reflector estimate 0001 and T2 = T3; the sender in PTP format under a reflector in NTP format.
    [
      'T2 = T3, two formats',
      fromHex('00000009 e8fe6f80 82000000 0001 0000 e8fe6f80 82000000 00000007 6553f100 1dcd6500 7fff 0000 3f 000000'),
      {
        ...decodedReply,
        sequence: 9,
        transmit: decodedReply.receive,
        errorEstimate: 1,
        ssid: 0,
        senderErrorEstimate: 0x7fff,
        senderTtl: 63,
      },
    ],
    ['no Multiplier', Uint8Array.from(REPLY, (byte, i) => (i === 13 ? 0 : byte)), 'corrupt'],
    ['nothing but zeros', new Uint8Array(44), 'corrupt'],
  ])('%s', (_, bytes, expected) => {
    expect(read(bytes)).toStrictEqual(expected);
  });

  // The reply by hand with T3 (octets 4..11) or T2 (octets 16..23) left out.
  it.each<[string, string, string, boolean]>([
    ['both', 'e8fe6f80 82100000', 'e8fe6f80 82000000', true],
    ['no T3', '00000000 00000000', 'e8fe6f80 82000000', false],
    ['no T2', 'e8fe6f80 82100000', '00000000 00000000', false],
    ['neither', '00000000 00000000', '00000000 00000000', false],
    ['T3 a step behind the beginning of the era', '00000000 00000001', 'e8fe6f80 82000000', true],
    ['T2 the second one of the era', 'e8fe6f80 82100000', '00000001 00000000', true],
  ])('tells whether the times are there: %s', (_, transmit, receive, hasTimes) => {
    // T1 is none of the reflector's.
    for (const sent of ['e8fe6f80 80000000', '00000000 00000000']) {
      const bytes = fromHex(`00000007 ${transmit} 8f84 1234 ${receive} 00000007 ${sent} 8f84 0000 ff 000000`);
      expect(read(bytes)).toMatchObject({ hasTimes });
    }
  });

  it('tells it of each reply anew', () => {
    const packet = emptyReflectorPacket();
    expect(packet.hasTimes).toBe(false);
    const timeless = REPLY.slice().fill(0, 4, 12);
    const told = [REPLY, timeless, REPLY].map((bytes) => {
      readReflectorPacket(bytes, packet);
      return packet.hasTimes;
    });
    expect(told).toStrictEqual([true, false, true]);
  });

  it('finds every shorter prefix short', () => {
    const faults = Array.from({ length: 45 }, (_, length) => read(REPLY.subarray(0, length)) === 'short');
    expect(faults).toStrictEqual(faults.map((_, length) => length < 38));
  });

  it('never throws, and is short or corrupt only with cause', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const result = read(bytes);
        expect(result === 'short').toBe(bytes.length < 38);
        expect(result === 'corrupt').toBe(bytes.length >= 38 && bytes[13] === 0);
      }),
    );
  });
});
