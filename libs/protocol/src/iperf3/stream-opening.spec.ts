import fc from 'fast-check';
import { fromHex, toHex } from '../../test/hex';
import { decodeStreamOpening, encodeStreamOpening, isStreamOpeningAnswer, OPENING_BYTES } from './stream-opening';

const TOKEN = '00112233445566778899aabbccddeeff';

// 39383736, answered 36373839, as iperf3 3.12 does on loopback (captured); ASCII 9876 and 6789. Older peers open
// with 123456789 = 0x075bcd15 and answer 987654321 = 0x3ade68b1, both as they lie in little-endian memory.
describe('a stream opening', () => {
  it.each([
    ['plain', undefined, '39383736'],
    ['with a token', fromHex(TOKEN), `39383736${TOKEN}`],
  ])('is written %s', (_, token, expected) => {
    expect(toHex(encodeStreamOpening(token))).toBe(expected);
  });

  it.each([
    ['plain', '39383736', '36373839', undefined],
    ['with a token', `39383736${TOKEN}`, '36373839', TOKEN],
    ['of an old peer', '15cd5b07', 'b168de3a', undefined],
  ])('is answered, %s', (_, opening, answer, token) => {
    const result = decodeStreamOpening(fromHex(opening))!;
    expect(toHex(result.answer)).toBe(answer);
    expect(result.token && toHex(result.token)).toBe(token);
    expect(isStreamOpeningAnswer(result.answer)).toBe(true);
  });

  it('keeps its token when the receive buffer is reused', () => {
    const bytes = fromHex(`39383736${TOKEN}`);
    const { token } = decodeStreamOpening(bytes)!;
    bytes.fill(0);
    expect(toHex(token!)).toBe(TOKEN);
  });

  it.each([
    ['an answer', '36373839'],
    ['the old answer', 'b168de3a'],
    ['another word', '39383737'],
    ['the old word, the other way round', '075bcd15'],
    ['a byte more', '3938373600'],
    ['a token but for a byte', `39383736${TOKEN.slice(2)}`],
    ['a token and a byte', `39383736${TOKEN}00`],
    ['a token behind another word', `00000000${TOKEN}`],
    ['data', '0019f0a00001e2400000000000000001'],
  ])('is not %s', (_, hex) => {
    expect(decodeStreamOpening(fromHex(hex))).toBeUndefined();
  });

  it('is none in any proper prefix', () => {
    expect(OPENING_BYTES).toBe(4);
    const opening = fromHex(`39383736${TOKEN}`);
    const found = Array.from(
      { length: 21 },
      (_, length) => decodeStreamOpening(opening.subarray(0, length)) !== undefined,
    );
    expect(found.flatMap((is, length) => (is ? [length] : []))).toStrictEqual([4, 20]);
  });

  it('never throws, and is only what begins with one of two words', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 24 }), fc.uint8Array({ minLength: 4, maxLength: 4 }));
    fc.assert(
      fc.property(bytes, (noise) => {
        const known = ['39383736', '15cd5b07'].includes(toHex(noise.subarray(0, 4)));
        expect(decodeStreamOpening(noise) !== undefined).toBe(known && [4, 20].includes(noise.length));
      }),
    );
  });
});

describe('isStreamOpeningAnswer', () => {
  it.each([
    ['36373839', true],
    ['b168de3a', true],
    ['39383736', false],
    ['15cd5b07', false],
    ['3637383900', false],
    ['363738', false],
    ['', false],
  ])('%s: %s', (hex, expected) => {
    expect(isStreamOpeningAnswer(fromHex(hex))).toBe(expected);
  });
});
