import fc from 'fast-check';
import { fromHex, toHex } from '../../test/hex';
import {
  emptySenderPacket,
  givesBackTime,
  MIN_REQUEST_BYTES,
  readSenderPacket,
  readSequence,
  SENDER_PACKET,
  writeSenderPacket,
} from './sender-packet';

const read = (bytes: Uint8Array) => {
  const packet = emptySenderPacket();
  const fault = readSenderPacket(bytes, packet);
  return fault ?? packet;
};

// RFC 8762 section 4.2.1 by hand: sequence 7, T1 = Unix 1 700 000 000.5 (NTP e8fe6f80.8), synchronised to 1 ms (8f84),
// SSID 0x1234, 28 bytes of zero.
const VECTOR = fromHex(`00000007 e8fe6f80 80000000 8f84 1234 ${'00'.repeat(28)}`);
const PACKET = {
  sequence: 7,
  transmit: { seconds: 1_700_000_000, nanoseconds: 500_000_000 },
  errorEstimate: 0x8f84,
  ssid: 0x1234,
};
// The same in PTP format (RFC 8186): Z set, 0x6553f100 s, 500 000 000 = 0x1dcd6500 ns.
const PTP_VECTOR = fromHex(`00000007 6553f100 1dcd6500 cf84 1234 ${'00'.repeat(28)}`);
const PTP_PACKET = { ...PACKET, errorEstimate: 0xcf84 };

const packets = fc.record(
  {
    sequence: fc.nat(0xffffffff),
    transmit: fc.record({ seconds: fc.nat(0xffffffff), nanoseconds: fc.nat(999_999_999) }, { noNullPrototype: true }),
    errorEstimate: fc.nat(0xffff).filter((bits) => (bits & 0xff) !== 0),
    ssid: fc.nat(0xffff),
  },
  { noNullPrototype: true },
);

describe('the layout of a sender packet', () => {
  it('is that of RFC 8762 section 4.2.1', () => {
    expect(SENDER_PACKET.offset).toStrictEqual({ sequence: 0, transmit: 4, errorEstimate: 12, ssid: 14, zero: 16 });
    expect(SENDER_PACKET.size).toBe(44);
  });
});

describe('writeSenderPacket', () => {
  it.each([
    ['NTP', PACKET, VECTOR],
    ['PTP', PTP_PACKET, PTP_VECTOR],
  ])('writes the 44 bytes in %s, and nothing beyond', (_, packet, vector) => {
    const bytes = new Uint8Array(46).fill(0xee);
    writeSenderPacket(bytes, packet);
    expect(toHex(bytes)).toBe(`${toHex(vector)}eeee`);
  });

  it('wraps the sequence number', () => {
    const bytes = new Uint8Array(44);
    writeSenderPacket(bytes, { ...PACKET, sequence: 2 ** 32 + 7 });
    expect(toHex(bytes)).toBe(toHex(VECTOR));
  });
});

describe('readSenderPacket', () => {
  it.each<[string, Uint8Array, unknown]>([
    ['NTP', VECTOR, PACKET],
    ['PTP', PTP_VECTOR, PTP_PACKET],
    ['with TLVs behind it', Uint8Array.of(...VECTOR, 0x80, 1, 0, 0), PACKET],
    // RFC 5357 appendix I: 14 bytes and padding, here 24 bytes of it and not zero.
    ['TWAMP-Light', fromHex(`00000007 e8fe6f80 80000000 8f84 1234 ${'a5'.repeat(22)}`), PACKET],
    ['no Multiplier', fromHex(`00000007 e8fe6f80 80000000 8f00 1234 ${'00'.repeat(28)}`), 'corrupt'],
    // What the reflector of the same request sends: T2 and T3 lie close together.
    [
      'a reply',
      fromHex('00000007 e8fe6f80 82100000 8f84 1234 e8fe6f80 82000000 00000007 e8fe6f80 80000000 8f84 0000 ff 000000'),
      'reply',
    ],
    // T2 in the last second of NTP era 0, T3 in the first but one of era 1.
    [
      'a reply across the wrap of the era',
      fromHex(`00000007 00000001 00000000 8f84 0000 ffffffff ${'00'.repeat(24)}`),
      'reply',
    ],
    ['nothing but zeros', new Uint8Array(44), 'corrupt'],
  ])('%s', (_, bytes, expected) => {
    expect(read(bytes)).toStrictEqual(expected);
  });

  it('finds every shorter prefix short', () => {
    expect(MIN_REQUEST_BYTES).toBe(38);
    const faults = Array.from({ length: 45 }, (_, length) => read(VECTOR.subarray(0, length)) === 'short');
    expect(faults).toStrictEqual(faults.map((_, length) => length < 38));
  });

  it.each([0, 1, 0x7fffffff, 0x80000000, 0xffffffff])('takes the sequence number %d', (sequence) => {
    const bytes = VECTOR.slice();
    new DataView(bytes.buffer).setUint32(0, sequence);
    expect(read(bytes)).toStrictEqual({ ...PACKET, sequence });
  });

  it('undoes writeSenderPacket', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const bytes = new Uint8Array(44).fill(0xff);
        writeSenderPacket(bytes, packet);
        expect(read(bytes)).toStrictEqual(packet);
      }),
    );
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

describe('givesBackTime', () => {
  // A reply to a reply: octets 28..35 are the T3 that the first one was sent at, Unix 1 700 000 000.5.
  const back = fromHex(`00000009 ${'00'.repeat(8)} 0001 0000 ${'00'.repeat(8)} 00000007 e8fe6f80 80000000 8f84`);

  it.each([
    [0, true],
    [59, true],
    [-59, true],
    [60, false],
    [-60, false],
    // The same count of seconds from 1970 as from 1900.
    [-2_208_988_800, false],
  ])('of a time %d s before now: %p', (ago, expected) => {
    expect(givesBackTime(back, { seconds: 1_700_000_000 + ago, nanoseconds: 0 })).toBe(expected);
  });

  it('is told across the wrap of the NTP era, and never of zeros', () => {
    // Era 1 begins at Unix 2 085 978 496: 2^32 - 2 208 988 800.
    const wrapped = back.slice();
    wrapped.set([0xff, 0xff, 0xff, 0xff], 28);
    expect(givesBackTime(wrapped, { seconds: 2_085_978_496, nanoseconds: 0 })).toBe(true);
    expect(givesBackTime(new Uint8Array(44), { seconds: 2_085_978_496, nanoseconds: 0 })).toBe(false);
    expect(givesBackTime(VECTOR, { seconds: 1_700_000_000, nanoseconds: 0 })).toBe(false);
  });
});

describe('readSequence', () => {
  it.each([
    ['00000000', 0],
    ['00000007', 7],
    // 0x01020304 = 16 777 216 + 2 * 65 536 + 3 * 256 + 4
    ['01020304', 16_909_060],
    ['80000000', 2_147_483_648],
    ['ffffffff', 4_294_967_295],
  ])('of %s is %d', (hex, expected) => {
    expect(readSequence(fromHex(`eeee${hex}ee`), 2)).toBe(expected);
  });

  it('is that of the request that begins there', () => {
    fc.assert(
      fc.property(packets, fc.nat(100), (packet, offset) => {
        const bytes = new Uint8Array(offset + 44).fill(0xa5);
        writeSenderPacket(bytes.subarray(offset), packet);
        expect(readSequence(bytes, offset)).toBe(packet.sequence);
      }),
    );
  });
});
