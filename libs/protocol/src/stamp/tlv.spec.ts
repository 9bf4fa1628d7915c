import fc from 'fast-check';
import { fromHex, toHex, zeros } from '../../test/hex';
import { FOLLOW_UP, factsOf, noisy } from '../../test/tlvs';
import {
  CLASS_OF_SERVICE_ROOM,
  FOLLOW_UP_BYTES,
  reflectTlvs,
  TLV_FLAG,
  TLV_HEADER,
  TLV_TYPE,
  type TlvFacts,
  writeProbeTlvs,
} from './tlv';

/** A reflector whose system tells it nothing. */
const NOTHING: TlvFacts = { trafficClass: undefined, followUp: undefined, format: 'ntp' };

/** The reply to a request behind two other bytes, as hex, and the DSCP that its sender wants. */
const reflected = (request: string, facts: TlvFacts): [string, number | undefined] => {
  const bytes = fromHex(`cccc ${request}`);
  const wanted = reflectTlvs(bytes, 2, facts);
  expect(toHex(bytes.subarray(0, 2))).toBe('cccc');
  return [toHex(bytes.subarray(2)), wanted];
};
const packed = (text: string): string => text.replaceAll(' ', '');

describe('the layout of a TLV', () => {
  it('is that of RFC 8972 section 4', () => {
    expect(TLV_HEADER.offset).toStrictEqual({ flags: 0, type: 1, length: 2 });
    expect(TLV_HEADER.size).toBe(4);
    expect(TLV_FLAG).toStrictEqual({ unrecognised: 0x80, malformed: 0x40, integrityFailed: 0x20 });
    expect(TLV_TYPE).toStrictEqual({ extraPadding: 1, classOfService: 4, followUpTelemetry: 7 });
    expect(FOLLOW_UP_BYTES).toBe(16);
    // A header of 4 bytes, a value of 4 (RFC 8972 section 4.4).
    expect(CLASS_OF_SERVICE_ROOM).toBe(8);
  });
});

describe('writeProbeTlvs', () => {
  it.each([
    [0, ''],
    [3, zeros(3)],
    [4, '80010000'],
    [8, `80010004${zeros(4)}`],
    [19, `8001000f${zeros(15)}`],
    [20, `80070010${zeros(16)}`],
    [23, `80070010${zeros(16)}${zeros(3)}`],
    [24, `80070010${zeros(16)}80010000`],
    // 300 - 20 - 4 = 276 = 0x114
    [300, `80070010${zeros(16)}80010114${zeros(276)}`],
  ])('fills %d bytes behind the packet', (room, expected) => {
    const bytes = new Uint8Array(2 + room).fill(0xee);
    writeProbeTlvs(bytes, 2);
    expect(toHex(bytes)).toBe(`eeee${expected}`);
  });

  // RFC 8972 section 4.4: DSCP1 in the 6 bits in front, the rest is the reflector's. 46 = 101110, so 10111000 = b8.
  const CLASS = '80040004b8000000';

  it.each([
    [0, ''],
    [3, zeros(3)],
    // A Class of Service takes 8 bytes; in less there is padding alone.
    [4, '80010000'],
    [7, `80010003${zeros(3)}`],
    [8, CLASS],
    [11, `${CLASS}${zeros(3)}`],
    [12, `${CLASS}80010000`],
    // It comes before the Follow-up, which 20 bytes would have had room for: 20 - 8 - 4 = 8.
    [20, `${CLASS}80010008${zeros(8)}`],
    // 27 - 8 - 4 = 15
    [27, `${CLASS}8001000f${zeros(15)}`],
    [28, `${CLASS}80070010${zeros(16)}`],
    [31, `${CLASS}80070010${zeros(16)}${zeros(3)}`],
    [32, `${CLASS}80070010${zeros(16)}80010000`],
    // 300 - 8 - 20 - 4 = 268 = 0x10c
    [300, `${CLASS}80070010${zeros(16)}8001010c${zeros(268)}`],
  ])('fills %d bytes behind the packet with DSCP 46', (room, expected) => {
    const bytes = new Uint8Array(2 + room).fill(0xee);
    writeProbeTlvs(bytes, 2, 46);
    expect(toHex(bytes)).toBe(`eeee${expected}`);
  });

  it.each([
    // Best effort is a wish, too.
    [0, '00'],
    // 000001, 001010, 111111
    [1, '04'],
    [10, '28'],
    [63, 'fc'],
  ])('writes DSCP %d', (dscp, octet) => {
    const bytes = new Uint8Array(8).fill(0xee);
    writeProbeTlvs(bytes, 0, dscp);
    expect(toHex(bytes)).toBe(`80040004${octet}000000`);
  });
});

describe('reflectTlvs', () => {
  // Requests and replies by hand, from the flags of RFC 8972 section 4.
  it.each([
    ['none', '', ''],
    ['padding', '80010004 aabbccdd', '00010004 aabbccdd'],
    ['flags that only a reflector sets', 'ff010000', '00010000'],
    ['telemetry: this reflector has none', `80070010 ${'ff'.repeat(16)}`, `00070010 ${'00'.repeat(16)}`],
    ['a type unknown here', '80090002 0102', '80090002 0102'],
    ['a type unknown here, U not set', '00090002 0102', '80090002 0102'],
    ['a return path (RFC 9503): not followed', '000a0004 00010000', '800a0004 00010000'],
    ['the known behind the unknown', '80030004 00000000 80010002 aabb', '80030004 00000000 00010002 aabb'],
    ['padding past the end', '80010005 aabbccdd', '40010005 aabbccdd'],
    ['a length of 65535', '0003ffff 00', 'c003ffff 00'],
    ['telemetry of 4 bytes, the rest unread', '80070004 aabbccdd 80010000', '40070004 aabbccdd 80010000'],
    ['telemetry past the end', '80070010 aabbccdd', '40070010 aabbccdd'],
    ['a rest too short for a header', '80010000 ffffff', '00010000 ffffff'],
    ['a Class of Service: not told what arrived', '80040004 b8000000', '80040004 b8000000'],
    ['the same, U not set', '00040004 b8123456', '80040004 b8123456'],
    ['the known behind that', '80040004 b8000000 80010000', '80040004 b8000000 00010000'],
  ])('knowing nothing: %s', (_, request, reply) => {
    expect(reflected(request, NOTHING)).toStrictEqual([packed(reply), undefined]);
  });

  // RFC 8972 section 4.4, the 16 bits DSCP1 (6), DSCP2 (6), ECN (2), RP (2); the traffic class is DSCP (6), ECN (2).
  it.each([
    // 46 = 101110 wanted and received, ECN 10: 101110 10|1110 10 00
    ['marked all the way, ECT(0)', '80040004 b8000000', 0xba, '00040004 bae80000', 46],
    // 101110 00|0000 00 00
    ['bleached', '80040004 b8000000', 0x00, '00040004 b8000000', 46],
    // 10 = 001010 wanted; 20 = 010100 and 11 received: 001010 01|0100 11 00
    ['marked otherwise, congested', '80040004 28000000', 0x53, '00040004 294c0000', 10],
    // 000000 00|0001 01 00
    ['best effort wanted, 1 and ECT(1) received', '80040004 00000000', 0x05, '00040004 00140000', 0],
    // 111111 11|1111 11 00
    ['all ones', '80040004 fc000000', 0xff, '00040004 fffc0000', 63],
    // 000000 10|0000 00 00
    ['the top bit of the DSCP alone', '80040004 00000000', 0x80, '00040004 02000000', 0],
    ['what only a reflector may set', '80040004 ffffffff', 0x00, '00040004 fc000000', 63],
    ['U not set', '00040004 b8000000', 0xb8, '00040004 bae00000', 46],
    ['none', '80010002 aabb', 0xb8, '00010002 aabb', undefined],
    [
      'behind another, before another',
      '80030001 77 80040004 b8000000 80010001 66',
      0xb8,
      '80030001 77 00040004 bae00000 00010001 66',
      46,
    ],
    ['too short', '80040003 b80000 80010000', 0xb8, '40040003 b80000 80010000', undefined],
    ['too long', '80040005 b800000000 80010000', 0xb8, '40040005 b800000000 80010000', undefined],
    ['without a value', '80040000', 0xb8, '40040000', undefined],
    ['past the end', '80040004 b80000', 0xb8, '40040004 b80000', undefined],
    [
      'before one that is malformed',
      '80040004 b8000000 80070004 00000000',
      0xb8,
      '00040004 bae00000 40070004 00000000',
      46,
    ],
    [
      'behind one that is malformed',
      '80070004 00000000 80040004 b8000000',
      0xb8,
      '40070004 00000000 80040004 b8000000',
      undefined,
    ],
  ])('a Class of Service: %s', (_, request, trafficClass, reply, wanted) => {
    expect(reflected(request, { ...NOTHING, trafficClass })).toStrictEqual([packed(reply), wanted]);
  });

  // RFC 8972 section 4.7: sequence number, timestamp, how it was taken, three bytes reserved. Method 2 of section 4.3 is
  // software on this host.
  const REQUEST = `80070010 ${zeros(16)}`;

  it.each<[string, string, Partial<TlvFacts>, string]>([
    ['in NTP', REQUEST, {}, '00070010 00000005 e8fe6f80 80000000 02 000000'],
    ['in PTP', REQUEST, { format: 'ptp' }, '00070010 00000005 6553f100 1dcd6500 02 000000'],
    ['over what stood there', `80070010 ${'ff'.repeat(16)}`, {}, '00070010 00000005 e8fe6f80 80000000 02 000000'],
    [
      'across the wrap',
      REQUEST,
      { followUp: { ...FOLLOW_UP, sequence: 2 ** 32 + 7 } },
      '00070010 00000007 e8fe6f80 80000000 02 000000',
    ],
    ['not known', REQUEST, { followUp: undefined }, `00070010 ${zeros(16)}`],
    [
      'not known, over what stood there',
      `80070010 ${'ff'.repeat(16)}`,
      { followUp: undefined },
      `00070010${zeros(16)}`,
    ],
    ['a byte too short', `8007000f ${zeros(15)} 80010000`, {}, `4007000f ${zeros(15)} 80010000`],
    ['a byte too long', `80070011 ${zeros(17)} 80010000`, {}, `40070011 ${zeros(17)} 80010000`],
    ['without a value', '80070000', {}, '40070000'],
    ['past the end', `80070010 ${zeros(15)}`, {}, `40070010 ${zeros(15)}`],
  ])('a Follow-up: %s', (_, request, facts, reply) => {
    const [bytes, wanted] = reflected(request, { ...NOTHING, followUp: FOLLOW_UP, ...facts });
    expect(bytes).toBe(packed(reply));
    expect(wanted).toBeUndefined();
  });

  it('answers a whole probe', () => {
    const bytes = new Uint8Array(34);
    writeProbeTlvs(bytes, 0, 46);
    expect(reflectTlvs(bytes, 0, { trafficClass: 0xba, followUp: FOLLOW_UP, format: 'ntp' })).toBe(46);
    const expected = '00040004 bae80000 00070010 00000005 e8fe6f80 80000000 02000000 00010002 0000';
    expect(toHex(bytes)).toBe(packed(expected));
  });

  it('recognises all of a probe', () => {
    fc.assert(
      fc.property(fc.nat(1_500), (room) => {
        const bytes = new Uint8Array(room);
        writeProbeTlvs(bytes, 0);
        const expected = bytes.slice();
        // One TLV at octet 0, and from 24 bytes on a second behind the 20 of the first.
        if (room >= 4) expected[0] = 0;
        if (room >= 24) expected[20] = 0;
        expect(reflectTlvs(bytes, 0, NOTHING)).toBeUndefined();
        expect(toHex(bytes)).toBe(toHex(expected));
      }),
    );
  });

  it('ends on any bytes, changes nothing before them, and no more when run again', () => {
    fc.assert(
      fc.property(noisy, fc.nat(50), fc.oneof(fc.constant(NOTHING), factsOf), (values, from, facts) => {
        const before = Uint8Array.from(values);
        const once = before.slice();
        const wanted = reflectTlvs(once, from, facts);
        expect(toHex(once.subarray(0, from))).toBe(toHex(before.subarray(0, from)));
        if (facts.trafficClass === undefined) expect(wanted).toBeUndefined();
        const twice = once.slice();
        expect(reflectTlvs(twice, from, facts)).toBe(wanted);
        expect(toHex(twice)).toBe(toHex(once));
      }),
      { numRuns: 500 },
    );
  });
});
