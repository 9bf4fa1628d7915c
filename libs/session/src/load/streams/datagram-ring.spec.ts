import { type DatagramHeader, readDatagramHeader } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { DatagramRing } from './datagram-ring';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 5, errorNs: 0, synchronisedToNs: undefined });

const headersOf = (bytes: Uint8Array, length: number, counters64Bit = true): DatagramHeader[] =>
  Array.from({ length: bytes.length / length }, (_, i) => {
    const header = { seconds: 0, subseconds: 0, number: 0, isOmitted: false };
    expect(readDatagramHeader(bytes, i * length, counters64Bit, header)).toBeUndefined();
    return header;
  });

describe('DatagramRing', () => {
  it.each([
    // 256 KiB, of 64 slots at the least and 2048 at the most.
    ['small', 16, 2048],
    ['ordinary', 1460, 179],
    ['large', 65_507, 64],
  ])('has slots enough for %s datagrams', (_, length, slots) => {
    expect(new DatagramRing(length, true, WALL).slots).toBe(slots);
  });

  it('numbers datagrams from 1 on, each with the wall time of the run', () => {
    const ring = new DatagramRing(100, true, WALL);
    const header = { seconds: 1_700_000_002, subseconds: 505, isOmitted: false };
    expect(headersOf(ring.write(7, 3, instant(2e9 + 500), 100), 100)).toStrictEqual([
      { ...header, number: 8 },
      { ...header, number: 9 },
      { ...header, number: 10 },
    ]);
  });

  it('carries microseconds of the own clock, and 32-bit numbers, to a plain iperf3 that wants them', () => {
    const ring = new DatagramRing(100, false, undefined);
    expect(headersOf(ring.write(0, 1, instant(2e9 + 1_999_999), 100), 100, false)).toStrictEqual([
      { seconds: 2, subseconds: 1999, number: 1, isOmitted: false },
    ]);
  });

  it('has a payload of digits where it is to repeat', () => {
    const ring = new DatagramRing(100, true, WALL, true);
    const payload = ring.write(0, 1, instant(1e9), 100).subarray(20);
    expect(new TextDecoder().decode(payload)).toBe('0123456789'.repeat(8));
  });

  it('has runs that end with the ring', () => {
    const ring = new DatagramRing(65_507, true, WALL);
    expect([ring.run(0, 1000), ring.run(60, 1000), ring.run(60, 3), ring.run(64, 5), ring.run(127, 9)]).toStrictEqual([
      64, 4, 3, 5, 1,
    ]);
  });

  it('leaves what was handed over before as it was, for a whole ring', () => {
    const ring = new DatagramRing(65_507, true, WALL);
    const first = ring.write(0, 32, instant(1e9), 65_507);
    const before = headersOf(first, 65_507);
    ring.write(32, 32, instant(2e9), 65_507);
    expect(headersOf(first, 65_507)).toStrictEqual(before);
    ring.write(64, 1, instant(3e9), 65_507);
    expect(headersOf(first, 65_507)[0]).toMatchObject({ number: 65 });
  });

  it('gives the same numbers whatever the runs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 20 }), (wanted) => {
        const ring = new DatagramRing(1460, true, WALL);
        const numbers: number[] = [];
        for (const most of wanted) {
          const count = ring.run(numbers.length, most);
          numbers.push(
            ...headersOf(ring.write(numbers.length, count, instant(1e9), 1460), 1460).map(({ number }) => number),
          );
        }
        expect(numbers).toStrictEqual(numbers.map((_, i) => i + 1));
      }),
      { numRuns: 30 },
    );
  });
});
