import fc from 'fast-check';
import type { TimestampFormat } from './timestamp';
import {
  CLASS_OF_SERVICE_ROOM,
  emptyReplyTlvs,
  FOLLOW_UP_BYTES,
  type ReplyTlvs,
  readReplyTlvs,
  reflectTlvs,
  TLV_FLAG,
  TLV_HEADER,
  TLV_TYPE,
  type TlvFacts,
  writeProbeTlvs,
} from './tlv';

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const zeros = (count: number): string => '00'.repeat(count);

/** A reflector whose system tells it nothing. */
const NOTHING: TlvFacts = { trafficClass: undefined, followUp: undefined, format: 'ntp' };
/** Reply 5 left at Unix 1 700 000 000.5, which is e8fe6f80.80000000 in NTP and 6553f100 s, 1dcd6500 ns in PTP. */
const FOLLOW_UP = { sequence: 5, transmit: { seconds: 1_700_000_000, nanoseconds: 500_000_000 } };

/** The reply to a request behind two other bytes, as hex, and the DSCP that its sender wants. */
const reflected = (request: string, facts: TlvFacts): [string, number | undefined] => {
  const bytes = fromHex(`cccc ${request}`);
  const wanted = reflectTlvs(bytes, 2, facts);
  expect(toHex(bytes.subarray(0, 2))).toBe('cccc');
  return [toHex(bytes.subarray(2)), wanted];
};
const packed = (text: string): string => text.replaceAll(' ', '');

/** What an own reading finds, undefined where there is nothing. */
const read = (bytes: Uint8Array, from = 0, format: TimestampFormat = 'ntp') => {
  const into = emptyReplyTlvs();
  readReplyTlvs(bytes, from, format, into);
  return found(into);
};
const found = (tlvs: ReplyTlvs) => ({
  classOfService: tlvs.hasClassOfService ? { dscp: tlvs.dscp, ecn: tlvs.ecn, granted: tlvs.dscpGranted } : undefined,
  followUp: tlvs.hasFollowUp ? { sequence: tlvs.followUpSequence, transmit: { ...tlvs.followUpTransmit } } : undefined,
});
const NONE = { classOfService: undefined, followUp: undefined };

const dscps = fc.nat(63);
// All zero is no timestamp: at least a nanosecond.
const followUps = fc.record(
  {
    sequence: fc.nat(0xffffffff),
    transmit: fc.record(
      { seconds: fc.nat(0xffffffff), nanoseconds: fc.integer({ min: 1, max: 999_999_999 }) },
      { noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);
const factsOf = fc.record({
  trafficClass: fc.option(fc.nat(255), { nil: undefined }),
  followUp: fc.option(followUps, { nil: undefined }),
  format: fc.constantFrom<TimestampFormat>('ntp', 'ptp'),
});
const noisy = fc.array(fc.constantFrom(0, 1, 2, 4, 7, 16, 0x80, 0xff), { maxLength: 120, size: 'max' });

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

describe('readReplyTlvs', () => {
  const EF = { dscp: 46, ecn: 2, granted: true };
  const CLASS = '00040004 bae80000';
  const FOLLOWED = '00070010 00000005 e8fe6f80 80000000 02 000000';

  // The same bits as above, read the other way.
  it.each<[string, string, object]>([
    ['nothing', '', NONE],
    ['padding', '00010004 bae80000', NONE],
    ['a Class of Service', CLASS, { classOfService: EF }],
    ['bleached', '00040004 b8000000', { classOfService: { dscp: 0, ecn: 0, granted: true } }],
    // 001010 01|0100 11 00
    ['marked otherwise, congested', '00040004 294c0000', { classOfService: { dscp: 20, ecn: 3, granted: true } }],
    // RP is 01 where the DSCP that was wanted is not used: 101110 10|1110 10 01
    ['a DSCP not granted', '00040004 bae90000', { classOfService: { ...EF, granted: false } }],
    // 111111 11|1111 11 01: 63, 3 and RP 1 whatever is reserved.
    ['all ones', '00040004 fffdffff', { classOfService: { dscp: 63, ecn: 3, granted: false } }],
    ['a Follow-up', FOLLOWED, { followUp: FOLLOW_UP }],
    ['one of another method', FOLLOWED.replace('02 000000', '01 ffffff'), { followUp: FOLLOW_UP }],
    ['a Follow-up of reply 0', FOLLOWED.replace('00000005', '00000000'), { followUp: { ...FOLLOW_UP, sequence: 0 } }],
    [
      'a Follow-up of reply 2^32 - 1',
      FOLLOWED.replace('00000005', 'ffffffff'),
      { followUp: { ...FOLLOW_UP, sequence: 2 ** 32 - 1 } },
    ],
    ['a Follow-up without a time', `00070010 00000005 ${zeros(8)} 02 000000`, NONE],
    ['an empty Follow-up', `00070010 ${zeros(16)}`, NONE],
    ['both', `${CLASS} ${FOLLOWED}`, { classOfService: EF, followUp: FOLLOW_UP }],
    ['both, the other way round', `${FOLLOWED} ${CLASS}`, { classOfService: EF, followUp: FOLLOW_UP }],
    ['one behind what is unknown', `80090001 ff ${CLASS}`, { classOfService: EF }],
    ['one before padding past the end', `${CLASS} 00010005 00`, { classOfService: EF }],
    ['a Class of Service not understood', `80040004 bae80000 ${FOLLOWED}`, { followUp: FOLLOW_UP }],
    ['a Follow-up not understood', `${FOLLOWED.replace('0007', '8007')} ${CLASS}`, { classOfService: EF }],
    ['a malformed one, and nothing behind it', `40040004 bae80000 ${FOLLOWED}`, NONE],
    ['one behind which another is malformed', `${CLASS} ${FOLLOWED.replace('0007', '4007')}`, { classOfService: EF }],
    ['malformed and not understood', `c0040004 bae80000 ${FOLLOWED}`, NONE],
    ['a Class of Service of 3 bytes', `00040003 bae800 ${FOLLOWED}`, { followUp: FOLLOW_UP }],
    ['a Class of Service of 5 bytes', `00040005 bae8000000 ${FOLLOWED}`, { followUp: FOLLOW_UP }],
    ['a Follow-up of 15 bytes', `0007000f 00000005 e8fe6f80 80000000 02 0000 ${CLASS}`, { classOfService: EF }],
    ['past the end', '00040004 bae800', NONE],
    ['a length of 65535', `0001ffff ${CLASS}`, NONE],
  ])('%s', (_, hex, expected) => {
    expect(read(fromHex(`cc ${hex}`), 1)).toStrictEqual({ ...NONE, ...expected });
  });

  it('reads a Follow-up in the format of the reply', () => {
    const bytes = fromHex('00070010 00000005 6553f100 1dcd6500 02 000000');
    expect(read(bytes, 0, 'ptp')).toStrictEqual({ ...NONE, followUp: FOLLOW_UP });
  });

  it('forgets what the reply before said', () => {
    const into = emptyReplyTlvs();
    readReplyTlvs(fromHex(`${CLASS} ${FOLLOWED}`), 0, 'ntp', into);
    readReplyTlvs(fromHex('00010000'), 0, 'ntp', into);
    expect(found(into)).toStrictEqual(NONE);
    readReplyTlvs(fromHex('00040004 bae90000'), 0, 'ntp', into);
    readReplyTlvs(fromHex(CLASS), 0, 'ntp', into);
    expect(found(into)).toStrictEqual({ ...NONE, classOfService: EF });
  });

  it('reads what reflectTlvs says of a probe', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.option(dscps, { nil: undefined }), factsOf, (room, dscp, facts) => {
        const bytes = new Uint8Array(3 + room).fill(0xee);
        writeProbeTlvs(bytes, 3, dscp);
        const wanted = reflectTlvs(bytes, 3, facts);
        const hasClass = dscp !== undefined && room >= 8;
        const isTold = hasClass && facts.trafficClass !== undefined;
        expect(wanted).toBe(isTold ? dscp : undefined);
        const octet = facts.trafficClass ?? 0;
        expect(read(bytes, 3, facts.format)).toStrictEqual({
          classOfService: isTold ? { dscp: Math.floor(octet / 4), ecn: octet % 4, granted: true } : undefined,
          followUp: room >= (hasClass ? 28 : 20) ? facts.followUp : undefined,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('takes from a prefix what is whole', () => {
    const bytes = fromHex(`${CLASS} ${FOLLOWED} 00010002 0000`);
    for (let length = 0; length <= bytes.length; length++) {
      expect(read(bytes.slice(0, length))).toStrictEqual({
        classOfService: length >= 8 ? EF : undefined,
        followUp: length >= 28 ? FOLLOW_UP : undefined,
      });
    }
  });

  it('never throws, and what it finds is within its bounds', () => {
    const bytes = fc.oneof(noisy, fc.array(fc.nat(255), { maxLength: 60, size: 'max' }));
    fc.assert(
      fc.property(bytes, fc.nat(130), fc.constantFrom<TimestampFormat>('ntp', 'ptp'), (values, from, format) => {
        const before = Uint8Array.from(values);
        const after = before.slice();
        const { classOfService, followUp } = read(after, from, format);
        expect(toHex(after)).toBe(toHex(before));
        if (values.length - from < 8) expect(classOfService).toBeUndefined();
        if (values.length - from < 20) expect(followUp).toBeUndefined();
        const { dscp, ecn } = classOfService ?? { dscp: 0, ecn: 0 };
        expect([dscp, dscp & 63, ecn]).toStrictEqual([dscp & 63, dscp, ecn & 3]);
        const sequence = followUp?.sequence ?? 0;
        expect(sequence).toBe(sequence >>> 0);
      }),
      { numRuns: 1000 },
    );
  });
});
