import fc from 'fast-check';
import { fromHex, toHex, zeros } from '../../test/hex';
import { dscps, FOLLOW_UP, factsOf, noisy } from '../../test/tlvs';
import type { TimestampFormat } from './timestamp';
import { emptyReplyTlvs, type ReplyTlvs, readReplyTlvs, reflectTlvs, writeProbeTlvs } from './tlv';

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
