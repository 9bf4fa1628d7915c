import fc from 'fast-check';
import { isEcho } from './echo';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('isEcho', () => {
  it.each<[string, Uint8Array, Uint8Array, boolean]>([
    ['the same bytes', bytes(1, 2, 3), bytes(1, 2, 3), true],
    ['nothing', bytes(), bytes(), true],
    ['the first byte changed', bytes(1, 2, 3), bytes(0, 2, 3), false],
    ['the last byte changed', bytes(1, 2, 3), bytes(1, 2, 4), false],
    ['cut short', bytes(1, 2, 3), bytes(1, 2), false],
    ['padded', bytes(1, 2, 3), bytes(1, 2, 3, 0), false],
    ['nothing back', bytes(0), bytes(), false],
  ])('%s', (_, request, reply, expected) => {
    expect(isEcho(request, reply)).toBe(expected);
  });

  it('knows a copy, and any single bit that differs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.nat(7), (request, where, bit) => {
        const reply = request.slice();
        expect(isEcho(request, reply)).toBe(true);
        const index = where % reply.length;
        reply[index] = (reply[index] as number) ^ (1 << bit);
        expect(isEcho(request, reply)).toBe(false);
      }),
    );
  });
});
