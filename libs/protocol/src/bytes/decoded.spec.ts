import { type Decoded, decoded, describeFailure, invalid, shortBuffer } from './decoded';

/** A decoder of one byte, as its callers see it. */
const byteOf = (bytes: Uint8Array): Decoded<number> => {
  if (bytes.length < 1) return shortBuffer(1, bytes.length);
  return bytes[0] === 0 ? invalid('byte', 'is 0') : decoded(bytes[0] as number);
};

describe('Decoded', () => {
  it.each<[string, number[], unknown]>([
    ['a value', [7], { ok: true, value: 7 }],
    ['too few bytes', [], { ok: false, failure: { code: 'short-buffer', neededBytes: 1, gotBytes: 0 } }],
    ['bytes that mean nothing', [0], { ok: false, failure: { code: 'invalid', field: 'byte', problem: 'is 0' } }],
  ])('%s', (_, bytes, expected) => {
    expect(byteOf(Uint8Array.from(bytes))).toStrictEqual(expected);
  });

  it('tells a failure in words', () => {
    expect(describeFailure(shortBuffer(44, 14).failure)).toBe('14 bytes where 44 are needed');
    expect(describeFailure(invalid('parallel', 'is not a number').failure)).toBe('parallel is not a number');
  });
});
