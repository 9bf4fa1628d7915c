import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { ipv6Bytes, ipv6Text, needsZone } from './address-bytes';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Addresses as they are in the wild: with runs of zeros. */
const sparse = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff])));

/** Node's own shortest notation, which never has a dotted tail. */
const normalised = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);
const isMapped = (bytes: Uint8Array): boolean => hex(bytes).startsWith('00000000000000000000ffff');

describe('ipv6Bytes', () => {
  it.each([
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['2001:DB8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a'],
    ['fe80::a:b', 'fe8000000000000000000000000a000b'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    // 192.0.2.33 is c0.00.02.21.
    ['::ffff:192.0.2.33', '00000000000000000000ffffc0000221'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['1:2:3:4:5:6:255.254.253.252', '000100020003000400050006fffefdfc'],
  ])('%s', (text, expected) => {
    expect(hex(ipv6Bytes(text))).toBe(expected);
  });

  it.each(['', 'localhost', '1.2.3.4', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::g', ':::', '1::2::3', '::1.2.3.256'])(
    'refuses %p, which is no IPv6 address',
    (text) => {
      expect(() => ipv6Bytes(text)).toThrow(RangeError);
    },
  );

  it('reads every notation of an address alike', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const bytes = ipv6Bytes(text);
        expect(bytes).toHaveLength(16);
        expect(hex(bytes)).toBe(hex(ipv6Bytes(text.toUpperCase())));
        expect(hex(bytes)).toBe(hex(ipv6Bytes(normalised(text))));
      }),
    );
  });
});

describe('ipv6Text', () => {
  // RFC 5952 sections 4 and 5.
  it.each([
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:00AA', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:aa'],
    ['0:0:0:0:0:ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['0:0:1:0:0:0:0:0', '0:0:1::'],
    ['::ffff:1:2:3', '::ffff:1:2:3'],
  ])('%s is written %s', (from, to) => {
    expect(ipv6Text(ipv6Bytes(from))).toBe(to);
  });

  it('is an address, and the one that Node would write', () => {
    fc.assert(
      fc.property(fc.oneof(sixteen, sparse), (bytes) => {
        const text = ipv6Text(bytes);
        expect(isIPv6(text)).toBe(true);
        if (!isMapped(bytes)) expect(text).toBe(normalised(text));
        expect(hex(ipv6Bytes(text))).toBe(hex(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes what it read: text, bytes, text, bytes', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const bytes = ipv6Bytes(text);
        const again = ipv6Bytes(ipv6Text(bytes));
        expect(hex(again)).toBe(hex(bytes));
        expect(ipv6Text(again)).toBe(ipv6Text(bytes));
      }),
    );
  });
});

describe('needsZone', () => {
  // RFC 4291 sections 2.5.6 and 2.7; RFC 4007 section 6.
  it.each([
    ['fe80::1', true],
    ['febf:ffff::1', true],
    ['fec0::1', false],
    ['fe7f::1', false],
    ['ff01::1', true],
    ['ff02::1', true],
    ['ff12::1', true],
    ['ff05::2', false],
    ['ff0e::1', false],
    ['2001:db8::1', false],
    ['::1', false],
    ['::ffff:169.254.0.1', false],
  ])('%s: %p', (text, needs) => {
    expect(needsZone(ipv6Bytes(text))).toBe(needs);
  });
});
