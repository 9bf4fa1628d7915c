import fc from 'fast-check';
import { fromHex, toHex } from '../../test/hex';
import { emptyReflectorPacket, readReflectorPacket, reflectInPlace } from '../stamp/reflector-packet';
import { CLOCK_PACKET_BYTES, readClockRequest, writeClockRequest } from './clock-exchange';

const read = (bytes: Uint8Array) => {
  const transmit = { seconds: -1, nanoseconds: -1 };
  const previous = { seconds: -1, nanoseconds: -1 };
  return { kind: readClockRequest(bytes, transmit, previous), transmit, previous };
};

// By hand, a STAMP sender packet in PTP format (RFC 8762 section 4.2.1, RFC 8186): sequence 7, T1 = Unix 1 700 000 000.5
// (0x6553f100 s, 0x1dcd6500 ns), estimate cf84; in the zeros T4 of the previous reply, 400 000 000 = 0x17d78400 ns.
const FIRST = `00000007 6553f100 1dcd6500 cf84 0000 ${'00'.repeat(28)}`;
const NEXT = `00000007 6553f100 1dcd6500 cf84 0000 6553f100 17d78400 ${'00'.repeat(20)}`;
const T1 = { seconds: 1_700_000_000, nanoseconds: 500_000_000 };
const T4 = { seconds: 1_700_000_000, nanoseconds: 400_000_000 };
const PACKET = { sequence: 7, transmit: T1, errorEstimate: 0xcf84, ssid: 0 };
const UNTOUCHED = { seconds: -1, nanoseconds: -1 };

const wallTimes = fc.record(
  { seconds: fc.integer({ min: 1, max: 0xffffffff }), nanoseconds: fc.nat(999_999_999) },
  { noNullPrototype: true },
);

describe('a clock request', () => {
  it.each([
    ['the first', undefined, FIRST],
    ['the next', T4, NEXT],
  ])('%s is written in 44 bytes', (_, previous, expected) => {
    expect(CLOCK_PACKET_BYTES).toBe(44);
    const bytes = new Uint8Array(46).fill(0xee);
    writeClockRequest(bytes, PACKET, previous);
    expect(toHex(bytes)).toBe(`${toHex(fromHex(expected))}eeee`);
  });

  it.each([
    ['the first', FIRST, { kind: 'first', transmit: T1, previous: UNTOUCHED }],
    ['the next', NEXT, { kind: 'next', transmit: T1, previous: T4 }],
    [
      'a previous arrival at a whole second',
      NEXT.replace('17d78400', '00000000'),
      { kind: 'next', transmit: T1, previous: { ...T4, nanoseconds: 0 } },
    ],
    [
      'a previous arrival in second 0',
      NEXT.replace('6553f100 17d78400', '00000000 17d78400'),
      { kind: 'next', transmit: T1, previous: { ...T4, seconds: 0 } },
    ],
    ['no Multiplier', NEXT.replace('cf84', 'cf00'), { kind: 'corrupt', transmit: UNTOUCHED, previous: UNTOUCHED }],
    ['zeros', '00'.repeat(44), { kind: 'corrupt', transmit: UNTOUCHED, previous: UNTOUCHED }],
  ])('is read: %s', (_, hex, expected) => {
    expect(read(fromHex(hex))).toStrictEqual(expected);
  });

  it('survives the trip', () => {
    fc.assert(
      fc.property(wallTimes, fc.option(wallTimes, { nil: undefined }), (transmit, previous) => {
        const bytes = new Uint8Array(44).fill(0xff);
        writeClockRequest(bytes, { ...PACKET, transmit }, previous);
        expect(read(bytes)).toStrictEqual({
          kind: previous ? 'next' : 'first',
          transmit,
          previous: previous ?? UNTOUCHED,
        });
      }),
    );
  });

  it('is answered as any STAMP request, T2 in the place of the previous T4', () => {
    const bytes = fromHex(NEXT);
    const receive = { seconds: 1_700_000_000, nanoseconds: 600_000_000 };
    const transmit = { seconds: 1_700_000_000, nanoseconds: 600_000_100 };
    reflectInPlace(bytes, { sequence: 7, transmit, receive, errorEstimate: 0x4001, ttl: 255 });
    const reply = emptyReflectorPacket();
    expect(readReflectorPacket(bytes, reply)).toBeUndefined();
    expect([reply.senderTransmit, reply.receive, reply.transmit]).toStrictEqual([T1, receive, transmit]);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const expected = (bytes[13] ?? 0) === 0 ? ['corrupt'] : ['first', 'next'];
        expect(expected).toContain(read(bytes).kind);
      }),
    );
  });
});
