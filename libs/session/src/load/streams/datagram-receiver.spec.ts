import { writeDatagramHeader } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { ALL_METRICS } from '../../metric-switches';
import { DatagramReceiver } from './datagram-receiver';
import { ReceivedMeter } from './received-meter';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined });

const NONE_OMITTED = { omittedErrors: 0, omittedPackets: 0 };
const NOTHING_OMITTED = { onCounted: undefined, lastNumber: undefined };

const setUp = (wall: WallMap | undefined = WALL, counters64Bit = true) => {
  const meter = new ReceivedMeter('up', true, ALL_METRICS);
  return { meter, receiver: new DatagramReceiver(meter, { wall, counters64Bit, ...NOTHING_OMITTED }) };
};

const datagram = (number: number, seconds = 1_700_000_001, subseconds = 0): Uint8Array => {
  const bytes = new Uint8Array(100);
  writeDatagramHeader(bytes, 0, true, { seconds, subseconds, number, isOmitted: false });
  return bytes;
};

const receiveAll = (numbers: readonly number[]) => {
  const { meter, receiver } = setUp();
  for (const number of numbers) expect(receiver.receive(datagram(number), 100, instant(2e9))).toBe(true);
  const { messages, bytes, duplicates, reordered } = meter.figures(1, instant(2e9));
  return { iperf3: receiver.iperf3Count(), messages, bytes, duplicates, reordered };
};

describe('DatagramReceiver', () => {
  it.each([
    ['all in order', [1, 2, 3], { errors: 0, packets: 3 }, { messages: 3, duplicates: 0, reordered: 0 }],
    // 1, then 4: two are missing. Nobody can know of those behind the last.
    ['a gap', [1, 4], { errors: 2, packets: 4 }, { messages: 2, duplicates: 0, reordered: 0 }],
    ['a gap at the head', [3], { errors: 2, packets: 3 }, { messages: 1, duplicates: 0, reordered: 0 }],
    ['an overtaken one', [1, 3, 2], { errors: 0, packets: 3 }, { messages: 3, duplicates: 0, reordered: 1 }],
    // iperf3 takes the second 1 for an overtaken one and forgives the missing 2; the exact count does not.
    ['a duplicate', [1, 3, 1], { errors: 0, packets: 3 }, { messages: 2, duplicates: 1, reordered: 0 }],
    ['a duplicate and no loss', [1, 1, 2], { errors: 0, packets: 2 }, { messages: 2, duplicates: 1, reordered: 0 }],
    // After 5: 2 missing (3, 4); 4 comes: 1; 4 again: 0; 3 comes: stays 0.
    ['both', [1, 2, 5, 4, 4, 3], { errors: 0, packets: 5 }, { messages: 5, duplicates: 1, reordered: 2 }],
  ])('counts %s', (_, numbers, iperf3, exact) => {
    expect(receiveAll(numbers)).toStrictEqual({
      iperf3: { ...iperf3, ...NONE_OMITTED },
      bytes: exact.messages * 100,
      ...exact,
    });
  });

  it('counts every different number once, and its bytes, for every order and duplication', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (numbers) => {
        const different = new Set(numbers).size;
        expect(receiveAll(numbers)).toMatchObject({
          messages: different,
          bytes: different * 100,
          duplicates: numbers.length - different,
        });
      }),
    );
  });

  it('reads nanoseconds of wall time between Pathgauges', () => {
    const { meter, receiver } = setUp();
    receiver.receive(datagram(1, 1_700_000_001, 999_999_999), 100, instant(2e9 + 4));
    expect(meter.figures(1, instant(3e9)).transit).toMatchObject({ minNs: 5 });
  });

  it('reads microseconds of another clock from plain iperf3: good for jitter', () => {
    const meter = new ReceivedMeter('up', true, ALL_METRICS);
    const receiver = new DatagramReceiver(meter, { wall: undefined, counters64Bit: true, ...NOTHING_OMITTED });
    receiver.receive(datagram(1, 50, 100), 100, instant(2e9));
    // Sent 100 us later, arrived 132 us later: 32 000 ns / 16.
    receiver.receive(datagram(2, 50, 200), 100, instant(2e9 + 132_000));
    expect(meter.figures(1, instant(3e9)).jitterNs).toBe(2000);
  });

  it('reads 32-bit numbers where those were agreed on', () => {
    const { meter, receiver } = setUp(undefined, false);
    // 1700000.123456 s, packet 1.
    const bytes = Uint8Array.from(Buffer.from('0019f0a00001e24000000001', 'hex'));
    expect(receiver.receive(bytes, bytes.length, instant(2e9))).toBe(true);
    expect(meter.figures(1, instant(3e9))).toMatchObject({ messages: 1, bytes: 12 });
    expect(receiver.iperf3Count()).toStrictEqual({ errors: 0, packets: 1, ...NONE_OMITTED });
  });

  it('takes nothing that is no datagram of a stream', () => {
    const { meter, receiver } = setUp();
    expect(receiver.receive(datagram(1).subarray(0, 15), 15, instant(2e9))).toBe(false);
    expect(receiver.receive(datagram(0), 100, instant(2e9))).toBe(false);
    expect(meter.figures(1, instant(3e9))).toMatchObject({ messages: 0, bytes: 0 });
  });
});

describe('DatagramReceiver of datagrams that were put together', () => {
  const LENGTH = 40;

  interface Piece {
    /** 0: no datagram. The first is one, since the rest would be refused with it. */
    readonly numbers: readonly number[];
    /** Bytes of the last one. */
    readonly last: number;
    /** So many leave at one instant. */
    readonly together?: number;
  }

  const bytesOf = ({ numbers, last, together = 1 }: Piece, counters64Bit: boolean): Uint8Array => {
    const bytes = new Uint8Array(numbers.length * LENGTH);
    numbers.forEach((number, i) => {
      const header = { seconds: 1_700_000_001, subseconds: Math.floor(i / together), number, isOmitted: false };
      writeDatagramHeader(bytes, i * LENGTH, counters64Bit, header);
    });
    return bytes.subarray(0, bytes.length - LENGTH + last);
  };

  /** What was counted of these pieces, each handed over whole, or datagram by datagram. */
  const countsOf = (pieces: readonly Piece[], counters64Bit: boolean, together: boolean) => {
    const { meter, receiver } = setUp(WALL, counters64Bit);
    pieces.forEach((piece, i) => {
      const bytes = bytesOf(piece, counters64Bit);
      const arrival = instant(2e9 + i);
      if (together) expect(receiver.receive(bytes, LENGTH, arrival)).toBe(true);
      for (let at = 0; !together && at < bytes.length; at += LENGTH) {
        const one = bytes.subarray(at, at + LENGTH);
        receiver.receive(one, one.length, arrival);
      }
    });
    const { jitterNs, transit, ...figures } = meter.figures(1, instant(3e9));
    const delays = transit && { count: transit.count, minNs: transit.minNs, maxNs: transit.maxNs };
    return { figures, delays, iperf3: receiver.iperf3Count(), last: meter.last, next: meter.nextSequence };
  };

  it.each<[string, readonly number[], number, object, object]>([
    ['a run', [1, 2, 3], LENGTH, { messages: 3, bytes: 120, duplicates: 0 }, { errors: 0, packets: 3 }],
    ['a shorter last one', [1, 2, 3], 16, { messages: 3, bytes: 96, duplicates: 0 }, { errors: 0, packets: 3 }],
    // 3 is missing.
    ['a gap', [1, 2, 4, 5], 20, { messages: 4, bytes: 140, expected: 5 }, { errors: 1, packets: 5 }],
    ['a duplicate', [1, 2, 2, 3], LENGTH, { messages: 3, bytes: 120, duplicates: 1 }, { errors: 0, packets: 3 }],
    [
      'a run that came before',
      [1, 2, 1, 2],
      LENGTH,
      { messages: 2, bytes: 80, duplicates: 2 },
      { errors: 0, packets: 2 },
    ],
    ['disorder', [2, 1, 4, 3], LENGTH, { messages: 4, bytes: 160, reordered: 2 }, { errors: 0, packets: 4 }],
    ['what is none in the middle', [1, 0, 0, 2], LENGTH, { messages: 2, bytes: 80 }, { errors: 0, packets: 2 }],
    ['what is none at the end', [1, 2, 0], 30, { messages: 2, bytes: 80 }, { errors: 0, packets: 2 }],
    // Without room for a header.
    ['a last one that is too short', [1, 2, 3], 15, { messages: 2, bytes: 80 }, { errors: 0, packets: 2 }],
  ])('counts %s', (_, numbers, last, figures, iperf3) => {
    expect(countsOf([{ numbers, last }], true, true)).toMatchObject({ figures, iperf3 });
  });

  it('takes the delay of each, and the jitter once for those that left together', () => {
    const { meter, receiver } = setUp();
    const bytes = new Uint8Array(5 * LENGTH);
    // 1 and 2 were sent at 1 s, 3 and 4 at 1 s + 100 ns, 5 at 1 s + 300 ns; all came at 2 s.
    for (const [i, subseconds] of [0, 0, 100, 100, 300].entries()) {
      writeDatagramHeader(bytes, i * LENGTH, true, {
        seconds: 1_700_000_001,
        subseconds,
        number: i + 1,
        isOmitted: false,
      });
    }
    receiver.receive(bytes, LENGTH, instant(2e9));
    const { transit, jitterNs } = meter.figures(1, instant(3e9));
    expect(transit).toMatchObject({ count: 5, minNs: 1e9 - 300, maxNs: 1e9 });
    // Differences of 100 and 200 ns: 100 / 16 = 6.25, then 6.25 + (200 - 6.25) / 16.
    expect(jitterNs).toBe(18.359375);
  });

  it('counts the same as one by one, for every coalescing of all that may arrive', () => {
    const start = fc.oneof(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 3000 }),
    );
    const runs = fc
      .tuple(start, fc.integer({ min: 1, max: 12 }))
      .map(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
    const none = fc.array(fc.constant(0), { maxLength: 3 });
    const parts = fc.array(fc.oneof({ weight: 4, arbitrary: runs }, { weight: 1, arbitrary: none }), { maxLength: 5 });
    const pieces = fc.record({
      numbers: fc.tuple(runs, parts).map(([first, more]) => [...first, ...more.flat()]),
      last: fc.oneof(fc.constant(LENGTH), fc.integer({ min: 1, max: LENGTH })),
      together: fc.integer({ min: 1, max: 20 }),
    });
    // A piece whose only datagram is too short would be refused.
    const whole = pieces.filter(({ numbers, last }) => numbers.length > 1 || last >= 16);
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 8 }), fc.boolean(), (all, counters64Bit) => {
        expect(countsOf(all, counters64Bit, true)).toStrictEqual(countsOf(all, counters64Bit, false));
      }),
      { numRuns: 300 },
    );
  });

  it('counts the same for every cut of one stream in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        let next = 1;
        const all = sizes.map((size) => ({
          numbers: Array.from({ length: size }, () => next++),
          last: LENGTH,
          together: 7,
        }));
        expect(countsOf(all, true, true)).toMatchObject({
          figures: { messages: next - 1, bytes: (next - 1) * LENGTH, duplicates: 0, reordered: 0, expected: next - 1 },
          iperf3: { errors: 0, packets: next - 1 },
        });
      }),
    );
  });

  it('refuses the whole when the first is no datagram of a stream', () => {
    const { meter, receiver } = setUp();
    expect(receiver.receive(bytesOf({ numbers: [0, 1, 2], last: LENGTH }, true), LENGTH, instant(2e9))).toBe(false);
    expect(meter.figures(1, instant(3e9))).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('refuses an empty datagram', () => {
    expect(setUp().receiver.receive(new Uint8Array(0), 0, instant(2e9))).toBe(false);
  });
});
