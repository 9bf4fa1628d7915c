import fc from 'fast-check';
import { FOLLOW_UP_BYTES, markReflectedTlvs, TLV_FLAG, TLV_HEADER, TLV_TYPE, writeProbeTlvs } from './tlv';

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the layout of a TLV', () => {
  it('is that of RFC 8972 section 4', () => {
    expect(TLV_HEADER.offset).toStrictEqual({ flags: 0, type: 1, length: 2 });
    expect(TLV_HEADER.size).toBe(4);
    expect(TLV_FLAG).toStrictEqual({ unrecognised: 0x80, malformed: 0x40, integrityFailed: 0x20 });
    expect(TLV_TYPE).toStrictEqual({ extraPadding: 1, followUpTelemetry: 7 });
    expect(FOLLOW_UP_BYTES).toBe(16);
  });
});

describe('writeProbeTlvs', () => {
  const zeros = (count: number): string => '00'.repeat(count);

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
});

describe('markReflectedTlvs', () => {
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
  ])('%s', (_, request, reply) => {
    const bytes = fromHex(`cccc ${request}`);
    markReflectedTlvs(bytes, 2);
    expect(toHex(bytes)).toBe(toHex(fromHex(`cccc ${reply}`)));
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
        markReflectedTlvs(bytes, 0);
        expect(toHex(bytes)).toBe(toHex(expected));
      }),
    );
  });

  it('ends on any bytes, changes nothing before them, and no more when run again', () => {
    const noisy = fc.array(fc.constantFrom(0, 1, 2, 4, 7, 16, 0x80, 0xff), { maxLength: 120 });
    fc.assert(
      fc.property(noisy, fc.nat(50), (values, from) => {
        const before = Uint8Array.from(values);
        const once = before.slice();
        markReflectedTlvs(once, from);
        expect(toHex(once.subarray(0, from))).toBe(toHex(before.subarray(0, from)));
        const twice = once.slice();
        markReflectedTlvs(twice, from);
        expect(toHex(twice)).toBe(toHex(once));
      }),
    );
  });
});
