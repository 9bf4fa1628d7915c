import fc from 'fast-check';
import { COOKIE_BYTES, cookieFrom, cookieText, startsCookie } from './cookie';

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

// As an iperf3 3.12 client sent it, captured on loopback.
const TEXT = 'jg54a2kjafx4kecyydq4cepbc4jx2ykqjyik';
const COOKIE = ascii(`${TEXT}\0`);

describe('cookieFrom', () => {
  it('maps bytes to the 32 characters, and ends with a NUL', () => {
    // 0..35, modulo 32.
    const counting = Uint8Array.from({ length: 36 }, (_, i) => i);
    expect(cookieFrom(counting)).toStrictEqual(ascii('abcdefghijklmnopqrstuvwxyz234567abcd\0'));
    // 255 = 7 * 32 + 31
    expect(cookieFrom(new Uint8Array(40).fill(255))).toStrictEqual(ascii(`${'7'.repeat(36)}\0`));
  });

  it('favours no character', () => {
    const counts = new Map<number, number>();
    for (let byte = 0; byte < 256; byte++) {
      const character = cookieFrom(new Uint8Array(36).fill(byte))[0] as number;
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect([...counts.values()]).toStrictEqual(new Array(32).fill(8));
  });

  it('throws when there are too few random bytes', () => {
    expect(() => cookieFrom(new Uint8Array(35))).toThrow(RangeError);
  });

  it('makes cookies', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 36, maxLength: 50 }), (random) => {
        const cookie = cookieFrom(random);
        expect(Buffer.from(cookie).toString('latin1')).toMatch(/^[a-z2-7]{36}\0$/);
        expect(startsCookie(cookie)).toBe(true);
      }),
    );
  });
});

describe('startsCookie', () => {
  it('accepts every beginning of a cookie, and what follows one', () => {
    expect(COOKIE_BYTES).toBe(37);
    for (let length = 0; length <= 37; length++) expect(startsCookie(COOKIE.subarray(0, length))).toBe(true);
    expect(startsCookie(Uint8Array.of(...COOKIE, 0xff, 0))).toBe(true);
  });

  it('knows a stranger by its first wrong byte, wherever it stands', () => {
    const allowed = 'abcdefghijklmnopqrstuvwxyz234567';
    fc.assert(
      fc.property(fc.nat(36), fc.nat(255), (where, byte) => {
        const bytes = COOKIE.slice(0, where + 1);
        bytes[where] = byte;
        const fits = where === 36 ? byte === 0 : allowed.includes(String.fromCharCode(byte));
        expect(startsCookie(bytes)).toBe(fits);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['HTTP', ascii('GET / HTTP/1.1\r\n')],
    ['TLS', Uint8Array.of(0x16, 0x03, 0x01)],
    ['a NUL', Uint8Array.of(0)],
    ['a 37th character', ascii(`${TEXT}a`)],
    ['upper case', ascii('JG54')],
    ['the digit 1', ascii('a1')],
    ['the digit 8', ascii('a8')],
    ['UTF-8', Uint8Array.of(0xc3, 0xa9)],
  ])('refuses %s', (_, bytes) => {
    expect(startsCookie(bytes)).toBe(false);
  });
});

describe('cookieText', () => {
  it('is the characters without the NUL', () => {
    expect(cookieText(COOKIE)).toBe(TEXT);
  });
});
