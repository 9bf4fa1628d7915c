import fc from 'fast-check';
import { readU16, readU32, writeU16, writeU32 } from './integers';

// Big-endian: the first byte weighs most. 0x80 in front tells an unsigned reader from a signed one.
const BYTES = Uint8Array.from([0xff, 0x80, 0x01, 0x02, 0x03, 0xff]);

const after = (write: (bytes: Uint8Array) => void): string => {
  const bytes = new Uint8Array(6).fill(0xee);
  write(bytes);
  return Buffer.from(bytes).toString('hex');
};

describe('integers', () => {
  it('reads at any offset, unsigned', () => {
    expect(readU16(BYTES, 1)).toBe(0x8001);
    expect(readU32(BYTES, 1)).toBe(0x80010203);
  });

  it.each<[string, (bytes: Uint8Array) => void, string]>([
    ['u16', (bytes) => writeU16(bytes, 1, 0x8001), 'ee8001eeeeee'],
    ['u32', (bytes) => writeU32(bytes, 1, 0x80010203), 'ee80010203ee'],
    ['the largest u16', (bytes) => writeU16(bytes, 4, 0xffff), 'eeeeeeeeffff'],
    ['the largest u32', (bytes) => writeU32(bytes, 2, 0xffffffff), 'eeeeffffffff'],
    // A counter that has run past its 32 bits goes on from 0.
    ['2^32', (bytes) => writeU32(bytes, 0, 2 ** 32), '00000000eeee'],
    ['2^32 + 5', (bytes) => writeU32(bytes, 0, 2 ** 32 + 5), '00000005eeee'],
    ['-1', (bytes) => writeU32(bytes, 0, -1), 'ffffffffeeee'],
  ])('writes %s and nothing beside it', (_, write, expected) => {
    expect(after(write)).toBe(expected);
  });

  it('agrees with DataView', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(4), (value, offset) => {
        const ours = new Uint8Array(8);
        const theirs = new DataView(new ArrayBuffer(8));
        writeU32(ours, offset, value);
        theirs.setUint32(offset, value);
        expect([...ours]).toStrictEqual([...new Uint8Array(theirs.buffer)]);
        expect(readU32(ours, offset)).toBe(value);
        expect(readU16(ours, offset)).toBe(theirs.getUint16(offset));
      }),
    );
  });
});
