import { deflateSync } from 'node:zlib';
import { fillPayload } from './payload';

describe('fillPayload', () => {
  it('cannot be compressed', () => {
    const bytes = fillPayload(new Uint8Array(100_000), false);
    expect(deflateSync(bytes).length).toBeGreaterThan(100_000);
  });

  it('can be compressed to next to nothing where it repeats', () => {
    const bytes = fillPayload(new Uint8Array(100_000), true);
    expect(new TextDecoder().decode(bytes.subarray(0, 12))).toBe('012345678901');
    expect(deflateSync(bytes).length).toBeLessThan(1000);
  });

  it('has every value about as often', () => {
    const counts = new Array<number>(256).fill(0);
    for (const byte of fillPayload(new Uint8Array(256_000), false)) counts[byte] = (counts[byte] as number) + 1;
    // 1000 each; six standard deviations of a fair draw are 190.
    expect(Math.min(...counts)).toBeGreaterThan(810);
    expect(Math.max(...counts)).toBeLessThan(1190);
  });

  it('is the same each time, and the beginning of a longer one', () => {
    expect(fillPayload(new Uint8Array(10), false)).toStrictEqual(
      fillPayload(new Uint8Array(20), false).subarray(0, 10),
    );
  });

  it('follows the generator, computed without 32-bit numbers', () => {
    let state = 0x9e3779b9n;
    const expected = Array.from({ length: 50 }, () => {
      state ^= BigInt.asUintN(32, state << 13n);
      state ^= state >> 17n;
      state ^= BigInt.asUintN(32, state << 5n);
      return Number(state & 0xffn);
    });
    expect([...fillPayload(new Uint8Array(50), false)]).toStrictEqual(expected);
  });
});
