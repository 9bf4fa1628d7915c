import fc from 'fast-check';
import { instant } from './time';
import { WallMap, type WallTime } from './wall-map';

const BILLION = 1_000_000_000n;
const DAY_NS = 86_400 * 1e9;

const mapAt = (seconds: number, nanoseconds = 0): WallMap =>
  new WallMap({ seconds, nanoseconds, errorNs: 0, synchronisedToNs: undefined });

const wallOf = (map: WallMap, at: number): WallTime => {
  const into = { seconds: Number.NaN, nanoseconds: Number.NaN };
  map.toWall(instant(at), into);
  return into;
};

const anchors = fc.record({ seconds: fc.integer({ min: 0, max: 2 ** 33 }), nanoseconds: fc.nat(999_999_999) });
/** 100 days to either side: within what a number holds exactly. */
const instants = fc.integer({ min: -100 * DAY_NS, max: 100 * DAY_NS });

describe('toWall', () => {
  it.each([
    ['at the anchor', 0, 1000, 5],
    ['within the second', 999_999_994, 1000, 999_999_999],
    ['at the next second', 999_999_995, 1001, 0],
    ['before the anchor', -5, 1000, 0],
    ['in the second before', -6, 999, 999_999_999],
    ['long before', -2_000_000_006, 997, 999_999_999],
    ['between two nanoseconds', 1.75, 1000, 6],
    ['between two nanoseconds, in the second before', -5.5, 999, 999_999_999],
    // 100 days are 8 640 000 s.
    ['after 100 days', 100 * DAY_NS - 6, 8_640_999, 999_999_999],
  ])('%s', (_, at, seconds, nanoseconds) => {
    expect(wallOf(mapAt(1000, 5), at)).toStrictEqual({ seconds, nanoseconds });
  });

  it('equals the sum in integers, with nanoseconds from 0 to 999 999 999', () => {
    fc.assert(
      fc.property(anchors, instants, (anchor, at) => {
        const wall = wallOf(mapAt(anchor.seconds, anchor.nanoseconds), at);
        expect(BigInt(wall.seconds) * BILLION + BigInt(wall.nanoseconds)).toBe(
          BigInt(anchor.seconds) * BILLION + BigInt(anchor.nanoseconds) + BigInt(at),
        );
        expect(wall.nanoseconds).toBeGreaterThanOrEqual(0);
        expect(wall.nanoseconds).toBeLessThan(1e9);
      }),
    );
  });

  // -10^-8 ns + 10^9 ns rounds to 10^9 ns: a nanosecond field of 10^9.
  it('keeps below a whole second a hair before the anchor', () => {
    expect(wallOf(mapAt(1000), -1e-8).nanoseconds).toBeLessThan(1e9);
  });
});

describe('fromPeer', () => {
  it.each([
    ['the same moment', 1000, 5, 0],
    ['later', 1001, 4, 999_999_999],
    ['earlier', 999, 6, -999_999_999],
    ['2^32 s on, the same low 32 bits', 1000 + 2 ** 32, 5, 0],
    ['2^32 s back', 1000 - 2 ** 32, 6, 1],
    ['the farthest ahead', 1000 + 2 ** 31 - 1, 5, (2 ** 31 - 1) * 1e9],
    ['the farthest behind', 1000 + 2 ** 31, 5, -(2 ** 31) * 1e9],
  ])('%s', (_, seconds, nanoseconds, expected) => {
    expect(mapAt(1000, 5).fromPeer({ seconds, nanoseconds })).toBe(expected);
  });

  // RFC 5905 section 6: NTP era 0 ends 2^32 s after 1900, which is Unix 2^32 - 2 208 988 800 = 2 085 978 496
  // (2036-02-07 06:28:16 UTC). An era-blind decoder reads NTP second 0 as Unix -2 208 988 800.
  it.each([
    ['our clock before the wrap, the peer after', 2_085_978_495, -2_208_988_800, 1e9],
    ['our clock after the wrap, the peer before', 2_085_978_497, 2_085_978_495, -2e9],
    ['both after', 2_085_978_500, -2_208_988_798, -2e9],
    // Unix time leaves 32 bits in 2106; NTP second n of era 1 is then n + 2^32 - 2 208 988 800.
    ['across the Unix wrap of 2106', 2 ** 32 - 1, 0, 1e9],
  ])('%s', (_, ours, peers, expected) => {
    expect(mapAt(ours).fromPeer({ seconds: peers, nanoseconds: 0 })).toBe(expected);
  });

  it('undoes toWall, whatever the era and however many bits of the seconds travel', () => {
    const eras = fc.integer({ min: -2, max: 2 });
    fc.assert(
      fc.property(anchors, instants, eras, (anchor, at, era) => {
        const map = mapAt(anchor.seconds, anchor.nanoseconds);
        const { seconds, nanoseconds } = wallOf(map, at);
        expect(map.fromPeer({ seconds: seconds + era * 2 ** 32, nanoseconds })).toBe(at);
        expect(map.fromPeer({ seconds: seconds >>> 0, nanoseconds })).toBe(at);
      }),
    );
  });

  it('moves a peer by the distance of the two anchors', () => {
    const near = fc.record({ seconds: fc.integer({ min: -1e6, max: 1e6 }), nanoseconds: fc.nat(999_999_999) });
    fc.assert(
      fc.property(anchors, near, fc.integer({ min: -DAY_NS, max: DAY_NS }), (anchor, ahead, at) => {
        const peer = mapAt(anchor.seconds + ahead.seconds, ahead.nanoseconds);
        const distance = ahead.seconds * 1e9 + ahead.nanoseconds - anchor.nanoseconds;
        expect(mapAt(anchor.seconds, anchor.nanoseconds).fromPeer(wallOf(peer, at))).toBe(at + distance);
      }),
    );
  });
});
